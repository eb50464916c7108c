import EdgeProtobuf

extension Etcd {
  /// What a server says on a watch stream.
  public struct WatchResponse: ProtobufMessage {
    public var header: ResponseHeader?
    /// -1 where all watches of the stream are meant.
    public var watchID: Int64 = 0
    public var created = false
    public var canceled = false
    /// Above 0 where a watch was ended because what it asked for is compacted.
    public var compactRevision: Int64 = 0
    public var cancelReason = ""
    /// Whether more of the same revision follows.
    public var fragment = false
    public var events: [Event] = []

    public init() {}

    public init(
      header: ResponseHeader? = nil, watchID: Int64 = 0, created: Bool = false, canceled: Bool = false,
      compactRevision: Int64 = 0, cancelReason: String = "", fragment: Bool = false, events: [Event] = []
    ) {
      self.header = header
      self.watchID = watchID
      self.created = created
      self.canceled = canceled
      self.compactRevision = compactRevision
      self.cancelReason = cancelReason
      self.fragment = fragment
      self.events = events
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = header ?? ResponseHeader()
        try cursor.read(&message, wire)
        header = message
      case 2: watchID = try cursor.readInt64(wire)
      case 3: created = try cursor.readBool(wire)
      case 4: canceled = try cursor.readBool(wire)
      case 5: compactRevision = try cursor.readInt64(wire)
      case 6: cancelReason = try cursor.readString(wire)
      case 7: fragment = try cursor.readBool(wire)
      case 11: events.append(try cursor.readMessage(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, watchID)
      output.put(3, created)
      output.put(4, canceled)
      output.put(5, compactRevision)
      output.put(6, cancelReason)
      output.put(7, fragment)
      output.put(11, events)
    }
  }
}
