import EdgeProtobuf

extension Etcd {
  /// Asks for a hash of the whole database.
  public typealias HashRequest = EmptyRequest

  /// The hash.
  public struct HashResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var hash: UInt32 = 0

    public init() {}

    public init(header: ResponseHeader? = nil, hash: UInt32 = 0) {
      self.header = header
      self.hash = hash
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = header ?? ResponseHeader()
        try cursor.read(&message, wire)
        header = message
      case 2: hash = UInt32(truncatingIfNeeded: try cursor.readInteger(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, UInt64(hash))
    }
  }

  /// Asks for a hash of all keys up to a revision.
  public struct HashKVRequest: ProtobufMessage {
    /// 0 for the current one.
    public var revision: Int64 = 0

    public init() {}

    public init(revision: Int64 = 0) {
      self.revision = revision
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: revision = try cursor.readInt64(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, revision)
    }
  }

  /// The hash.
  public struct HashKVResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var hash: UInt32 = 0
    public var compactRevision: Int64 = 0
    /// Up to which revision the hash goes.
    public var hashRevision: Int64 = 0

    public init() {}

    public init(header: ResponseHeader? = nil, hash: UInt32 = 0, compactRevision: Int64 = 0, hashRevision: Int64 = 0) {
      self.header = header
      self.hash = hash
      self.compactRevision = compactRevision
      self.hashRevision = hashRevision
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = header ?? ResponseHeader()
        try cursor.read(&message, wire)
        header = message
      case 2: hash = UInt32(truncatingIfNeeded: try cursor.readInteger(wire))
      case 3: compactRevision = try cursor.readInt64(wire)
      case 4: hashRevision = try cursor.readInt64(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, UInt64(hash))
      output.put(3, compactRevision)
      output.put(4, hashRevision)
    }
  }
}
