import EdgeProtobuf

extension Etcd {
  /// Makes a lease.
  public struct LeaseGrantRequest: ProtobufMessage {
    /// Seconds.
    public var ttl: Int64 = 0
    /// 0 lets the server choose.
    public var id: Int64 = 0

    public init() {}

    public init(ttl: Int64 = 0, id: Int64 = 0) {
      self.ttl = ttl
      self.id = id
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: ttl = try cursor.readInt64(wire)
      case 2: id = try cursor.readInt64(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, ttl)
      output.put(2, id)
    }
  }

  /// A lease was made.
  public struct LeaseGrantResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var id: Int64 = 0
    /// Seconds; the server may have chosen more than was asked for.
    public var ttl: Int64 = 0
    public var error = ""

    public init() {}

    public init(header: ResponseHeader? = nil, id: Int64 = 0, ttl: Int64 = 0, error: String = "") {
      self.header = header
      self.id = id
      self.ttl = ttl
      self.error = error
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = header ?? ResponseHeader()
        try cursor.read(&message, wire)
        header = message
      case 2: id = try cursor.readInt64(wire)
      case 3: ttl = try cursor.readInt64(wire)
      case 4: error = try cursor.readString(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, id)
      output.put(3, ttl)
      output.put(4, error)
    }
  }

  /// Ends a lease and deletes its keys.
  public typealias LeaseRevokeRequest = LeaseIDRequest

  /// A lease was ended.
  public typealias LeaseRevokeResponse = HeaderResponse
}
