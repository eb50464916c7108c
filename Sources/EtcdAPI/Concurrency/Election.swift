import EdgeProtobuf

extension Etcd {
  /// Elections by name, won by who has waited longest (`v3election.proto`).
  public enum Election {
    public static let service = "v3electionpb.Election"
    public static let campaign = ProtobufMethod<CampaignRequest, CampaignResponse>(service: service, name: "Campaign")
    public static let proclaim = ProtobufMethod<ProclaimRequest, ProclaimResponse>(service: service, name: "Proclaim")
    public static let leader = ProtobufMethod<LeaderRequest, LeaderResponse>(service: service, name: "Leader")
    /// Streams responses.
    public static let observe = ProtobufMethod<LeaderRequest, LeaderResponse>(service: service, name: "Observe")
    public static let resign = ProtobufMethod<ResignRequest, ResignResponse>(service: service, name: "Resign")
  }

  /// What a leader holds.
  public struct LeaderKey: ProtobufMessage {
    /// Of the election.
    public var name: [UInt8] = []
    public var key: [UInt8] = []
    /// At which the key was created.
    public var revision: Int64 = 0
    public var lease: Int64 = 0

    public init() {}

    public init(name: [UInt8] = [], key: [UInt8] = [], revision: Int64 = 0, lease: Int64 = 0) {
      self.name = name
      self.key = key
      self.revision = revision
      self.lease = lease
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: name = try cursor.readBytes(wire)
      case 2: key = try cursor.readBytes(wire)
      case 3: revision = try cursor.readInt64(wire)
      case 4: lease = try cursor.readInt64(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, name)
      output.put(2, key)
      output.put(3, revision)
      output.put(4, lease)
    }
  }

  /// Waits to be elected.
  public struct CampaignRequest: ProtobufMessage {
    public var name: [UInt8] = []
    /// The candidacy goes when it ends; 0 for a new one of a minute.
    public var lease: Int64 = 0
    /// What the leader proclaims.
    public var value: [UInt8] = []

    public init() {}

    public init(name: [UInt8] = [], lease: Int64 = 0, value: [UInt8] = []) {
      self.name = name
      self.lease = lease
      self.value = value
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: name = try cursor.readBytes(wire)
      case 2: lease = try cursor.readInt64(wire)
      case 3: value = try cursor.readBytes(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, name)
      output.put(2, lease)
      output.put(3, value)
    }
  }

  /// The caller is elected.
  public struct CampaignResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var leader: LeaderKey?

    public init() {}

    public init(header: ResponseHeader? = nil, leader: LeaderKey? = nil) {
      self.header = header
      self.leader = leader
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
        var message = leader ?? LeaderKey()
        try cursor.read(&message, wire)
        leader = message
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, leader)
    }
  }

  /// Changes what the leader proclaims.
  public struct ProclaimRequest: ProtobufMessage {
    public var leader: LeaderKey?
    public var value: [UInt8] = []

    public init() {}

    public init(leader: LeaderKey? = nil, value: [UInt8] = []) {
      self.leader = leader
      self.value = value
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = leader ?? LeaderKey()
        try cursor.read(&message, wire)
        leader = message
      case 2: value = try cursor.readBytes(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, leader)
      output.put(2, value)
    }
  }

  public typealias ProclaimResponse = HeaderResponse

  /// Asks who leads.
  public struct LeaderRequest: ProtobufMessage {
    public var name: [UInt8] = []

    public init() {}

    public init(name: [UInt8] = []) {
      self.name = name
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: name = try cursor.readBytes(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, name)
    }
  }

  /// Who leads.
  public struct LeaderResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var keyValue: KeyValue?

    public init() {}

    public init(header: ResponseHeader? = nil, keyValue: KeyValue? = nil) {
      self.header = header
      self.keyValue = keyValue
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
        var message = keyValue ?? KeyValue()
        try cursor.read(&message, wire)
        keyValue = message
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, keyValue)
    }
  }

  /// Gives the leadership up.
  public struct ResignRequest: ProtobufMessage {
    public var leader: LeaderKey?

    public init() {}

    public init(leader: LeaderKey? = nil) {
      self.leader = leader
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = leader ?? LeaderKey()
        try cursor.read(&message, wire)
        leader = message
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, leader)
    }
  }

  public typealias ResignResponse = HeaderResponse
}
