import EdgeProtobuf

extension Etcd {
  /// Sets the value of a key.
  public struct PutRequest: ProtobufMessage {
    public var key: [UInt8] = []
    public var value: [UInt8] = []
    /// 0 for none.
    public var lease: Int64 = 0
    /// Whether the answer tells what was there before.
    public var previousKV = false
    /// Keeps the value that is there.
    public var ignoreValue = false
    /// Keeps the lease that is there.
    public var ignoreLease = false

    public init() {}

    public init(
      key: [UInt8] = [], value: [UInt8] = [], lease: Int64 = 0, previousKV: Bool = false, ignoreValue: Bool = false,
      ignoreLease: Bool = false
    ) {
      self.key = key
      self.value = value
      self.lease = lease
      self.previousKV = previousKV
      self.ignoreValue = ignoreValue
      self.ignoreLease = ignoreLease
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: key = try cursor.readBytes(wire)
      case 2: value = try cursor.readBytes(wire)
      case 3: lease = try cursor.readInt64(wire)
      case 4: previousKV = try cursor.readBool(wire)
      case 5: ignoreValue = try cursor.readBool(wire)
      case 6: ignoreLease = try cursor.readBool(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, key)
      output.put(2, value)
      output.put(3, lease)
      output.put(4, previousKV)
      output.put(5, ignoreValue)
      output.put(6, ignoreLease)
    }
  }

  /// What a put did.
  public struct PutResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var previousKV: KeyValue?

    public init() {}

    public init(header: ResponseHeader? = nil, previousKV: KeyValue? = nil) {
      self.header = header
      self.previousKV = previousKV
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = header ?? ResponseHeader()
        try cursor.read(&message, wire)
        header = message
      case 2:
        var message = previousKV ?? KeyValue()
        try cursor.read(&message, wire)
        previousKV = message
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, previousKV)
    }
  }
}
