import EdgeProtobuf

extension Etcd {
  /// Deletes a key, or the keys of a range.
  public struct DeleteRangeRequest: ProtobufMessage {
    public var key: [UInt8] = []
    /// As in ``RangeRequest``.
    public var rangeEnd: [UInt8] = []
    /// Whether the answer tells what was there before.
    public var previousKV = false

    public init() {}

    public init(key: [UInt8] = [], rangeEnd: [UInt8] = [], previousKV: Bool = false) {
      self.key = key
      self.rangeEnd = rangeEnd
      self.previousKV = previousKV
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: key = try cursor.readBytes(wire)
      case 2: rangeEnd = try cursor.readBytes(wire)
      case 3: previousKV = try cursor.readBool(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, key)
      output.put(2, rangeEnd)
      output.put(3, previousKV)
    }
  }

  /// What a deletion did.
  public struct DeleteRangeResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var deleted: Int64 = 0
    public var previousKVs: [KeyValue] = []

    public init() {}

    public init(header: ResponseHeader? = nil, deleted: Int64 = 0, previousKVs: [KeyValue] = []) {
      self.header = header
      self.deleted = deleted
      self.previousKVs = previousKVs
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = header ?? ResponseHeader()
        try cursor.read(&message, wire)
        header = message
      case 2: deleted = try cursor.readInt64(wire)
      case 3: previousKVs.append(try cursor.readMessage(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, deleted)
      output.put(3, previousKVs)
    }
  }
}
