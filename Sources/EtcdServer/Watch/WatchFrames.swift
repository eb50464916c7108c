#if Networking
import EdgeGRPC
import EdgeProtobuf
import EdgeStore
import EtcdAPI
import NIOCore

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

/// Events of one or several revisions, encoded as they stand in a response; the same bytes go to every watch of a group.
struct EncodedEvents {
  /// Fields 11 of `etcdserverpb.WatchResponse`.
  var bytes: ByteBuffer
  var first: Revision
  var last: Revision
  /// Whether more events of the revision follow in a response of their own.
  fileprivate(set) var isFragment = false

  /// A response takes further revisions until it has so many bytes: under load that spares clients and server a message
  /// for each revision, and the bound keeps a slow connection's share small.
  static let maximumCoalescedBytes = 64 << 10
  /// A response to a watch that takes fragments is cut here: etcd's bound of a request.
  static let maximumFragmentBytes = StoreLimits.maximumRequestBytes

  /// - Parameter batches: in order, none of them empty.
  static func encode(_ batches: [WatchBatch], _ selection: WatchSelection) -> [EncodedEvents] {
    var encoded: [EncodedEvents] = []
    var sized: [SizedBatch] = []
    var byteCount = 0
    func finishResponse() {
      guard let first = sized.first, let last = sized.last else { return }
      var response = EncodedEvents(byteCount: byteCount, first: first.revision, last: last.revision)
      for batch in sized { response.append(batch.records) }
      encoded.append(response)
      sized = []
      byteCount = 0
    }
    for batch in batches {
      let next = SizedBatch(batch, selection)
      if selection.fragments, next.byteCount > maximumFragmentBytes {
        finishResponse()
        encoded += fragments(next)
        continue
      }
      sized.append(next)
      byteCount += next.byteCount
      if byteCount >= maximumCoalescedBytes { finishResponse() }
    }
    finishResponse()
    return encoded
  }

  /// The records of one revision, each with the bytes it takes.
  private struct SizedBatch {
    let revision: Revision
    let records: [(record: EventRecord, byteCount: Int)]
    let byteCount: Int

    init(_ batch: WatchBatch, _ selection: WatchSelection) {
      revision = batch.revision
      records = batch.events.map { event in
        let record = EventRecord(event, withPrevious: selection.previousValues)
        return (record, record.fieldByteCount)
      }
      byteCount = records.reduce(0) { $0 + $1.byteCount }
    }
  }

  private init(byteCount: Int, first: Revision, last: Revision) {
    bytes = ByteBufferAllocator().buffer(capacity: byteCount)
    self.first = first
    self.last = last
  }

  private static func fragments(_ batch: SizedBatch) -> [EncodedEvents] {
    var pieces: [EncodedEvents] = []
    var piece = EncodedEvents(byteCount: maximumFragmentBytes, first: batch.revision, last: batch.revision)
    for record in batch.records {
      let count = piece.bytes.readableBytes
      if count > 0, count + record.byteCount > maximumFragmentBytes {
        piece.isFragment = true
        pieces.append(piece)
        piece = EncodedEvents(byteCount: maximumFragmentBytes, first: batch.revision, last: batch.revision)
      }
      piece.append([record])
    }
    return pieces + [piece]
  }

  private mutating func append(_ records: [(record: EventRecord, byteCount: Int)]) {
    for (record, count) in records {
      bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { raw in
        // Sound: NIO gives at least as many bytes as were asked for, and the writer stays within what it is given.
        var writer = ProtobufWriter(UnsafeMutableRawBufferPointer(rebasing: raw[..<count]))
        writer.put(EventRecord.field, record)
        return count
      }
    }
  }

  /// The whole response to one watch.
  func message(_ watchID: Int64, _ identity: MemberIdentity) -> GRPCEncodedMessage {
    let head = Etcd.WatchResponse(header: identity.header(last), watchID: watchID, fragment: isFragment)
    return GRPCEncodedMessage(reserving: bytes.readableBytes + 64) { buffer in
      GRPCCodec<Etcd.WatchResponse>.protobuf.encode(head, &buffer)
      buffer.writeImmutableBuffer(bytes)
    }
  }
}
#endif
