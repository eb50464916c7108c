import EdgeProtobuf

extension Etcd {
  /// A key as it stood at one revision.
  public struct KeyValue: ProtobufMessage {
    public var key: [UInt8] = []
    /// The revision of the first put after the key did not exist.
    public var createRevision: Int64 = 0
    /// The revision of the last change.
    public var modRevision: Int64 = 0
    /// The number of puts since it was created; 0 for a deletion.
    public var version: Int64 = 0
    public var value: [UInt8] = []
    /// 0 for none.
    public var lease: Int64 = 0

    public init() {}

    public init(
      key: [UInt8] = [], createRevision: Int64 = 0, modRevision: Int64 = 0, version: Int64 = 0, value: [UInt8] = [],
      lease: Int64 = 0
    ) {
      self.key = key
      self.createRevision = createRevision
      self.modRevision = modRevision
      self.version = version
      self.value = value
      self.lease = lease
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: key = try cursor.readBytes(wire)
      case 2: createRevision = try cursor.readInt64(wire)
      case 3: modRevision = try cursor.readInt64(wire)
      case 4: version = try cursor.readInt64(wire)
      case 5: value = try cursor.readBytes(wire)
      case 6: lease = try cursor.readInt64(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, key)
      output.put(2, createRevision)
      output.put(3, modRevision)
      output.put(4, version)
      output.put(5, value)
      output.put(6, lease)
    }
  }

  /// What happened to a key.
  public struct EventType: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public init() { self = .put }

    public static let put = EventType(rawValue: 0)
    public static let delete = EventType(rawValue: 1)
  }

  /// One change of one key.
  public struct Event: ProtobufMessage {
    public var type = EventType()
    /// After the change; for a deletion only its key and mod revision are set.
    public var kv: KeyValue?
    /// Before the change, if it was asked for and is known.
    public var previous: KeyValue?

    public init() {}

    public init(type: EventType = EventType(), kv: KeyValue? = nil, previous: KeyValue? = nil) {
      self.type = type
      self.kv = kv
      self.previous = previous
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: type = EventType(rawValue: try cursor.readInt32(wire))
      case 2:
        var message = kv ?? KeyValue()
        try cursor.read(&message, wire)
        kv = message
      case 3:
        var message = previous ?? KeyValue()
        try cursor.read(&message, wire)
        previous = message
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, type.rawValue)
      output.put(2, kv)
      output.put(3, previous)
    }
  }
}
