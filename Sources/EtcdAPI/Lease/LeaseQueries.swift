import EdgeProtobuf

extension Etcd {
  /// Asks about a lease.
  public struct LeaseTimeToLiveRequest: ProtobufMessage {
    public var id: Int64 = 0
    /// Whether its keys are of interest.
    public var keys = false

    public init() {}

    public init(id: Int64 = 0, keys: Bool = false) {
      self.id = id
      self.keys = keys
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: id = try cursor.readInt64(wire)
      case 2: keys = try cursor.readBool(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, id)
      output.put(2, keys)
    }
  }

  /// The state of a lease.
  public struct LeaseTimeToLiveResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var id: Int64 = 0
    /// Seconds that are left; -1 where there is no such lease.
    public var ttl: Int64 = 0
    /// Seconds.
    public var grantedTTL: Int64 = 0
    public var keys: [[UInt8]] = []

    public init() {}

    public init(
      header: ResponseHeader? = nil, id: Int64 = 0, ttl: Int64 = 0, grantedTTL: Int64 = 0, keys: [[UInt8]] = []
    ) {
      self.header = header
      self.id = id
      self.ttl = ttl
      self.grantedTTL = grantedTTL
      self.keys = keys
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
      case 4: grantedTTL = try cursor.readInt64(wire)
      case 5: keys.append(try cursor.readBytes(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, id)
      output.put(3, ttl)
      output.put(4, grantedTTL)
      output.put(5, elements: keys)
    }
  }

  /// Asks for all leases.
  public typealias LeaseLeasesRequest = EmptyRequest

  /// A lease in a list.
  public struct LeaseStatus: ProtobufMessage {
    public var id: Int64 = 0

    public init() {}

    public init(id: Int64 = 0) {
      self.id = id
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: id = try cursor.readInt64(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, id)
    }
  }

  /// All leases.
  public struct LeaseLeasesResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var leases: [LeaseStatus] = []

    public init() {}

    public init(header: ResponseHeader? = nil, leases: [LeaseStatus] = []) {
      self.header = header
      self.leases = leases
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = header ?? ResponseHeader()
        try cursor.read(&message, wire)
        header = message
      case 2: leases.append(try cursor.readMessage(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, leases)
    }
  }
}
