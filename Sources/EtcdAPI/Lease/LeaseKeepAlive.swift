import EdgeProtobuf

extension Etcd {
  /// Renews a lease.
  public typealias LeaseKeepAliveRequest = LeaseIDRequest

  /// A lease was renewed.
  public struct LeaseKeepAliveResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var id: Int64 = 0
    /// Seconds; 0 where there is no such lease.
    public var ttl: Int64 = 0

    public init() {}

    public init(header: ResponseHeader? = nil, id: Int64 = 0, ttl: Int64 = 0) {
      self.header = header
      self.id = id
      self.ttl = ttl
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
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, id)
      output.put(3, ttl)
    }
  }
}
