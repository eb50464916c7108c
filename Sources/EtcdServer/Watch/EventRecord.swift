#if Networking
import EdgeProtobuf
import EdgeStore

/// `mvccpb.Event`, written from the store's own values.
struct EventRecord: ProtobufMessage {
  var event: StoreEvent
  var withPrevious = false

  init() { self.init(StoreEvent(kind: .put, keyValue: KeyValueRecord().keyValue, previous: nil), withPrevious: false) }

  init(_ event: StoreEvent, withPrevious: Bool) {
    self.event = event
    self.withPrevious = withPrevious
  }

  mutating func readField(_ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor) throws(ProtobufError) {
    try cursor.skip(wire)
  }

  func writeFields(to output: inout some ProtobufOutput) {
    output.put(1, event.kind == .delete ? 1 : 0 as Int64)
    output.put(2, KeyValueRecord(event.keyValue))
    if withPrevious, let previous = event.previous { output.put(3, KeyValueRecord(previous)) }
  }

  /// Its number in `etcdserverpb.WatchResponse`.
  static let field = 11

  /// Bytes of the event as a field of a response.
  var fieldByteCount: Int {
    var counter = ProtobufByteCounter()
    counter.put(Self.field, self)
    return counter.count
  }
}
#endif
