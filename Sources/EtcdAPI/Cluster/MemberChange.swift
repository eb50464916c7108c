import EdgeProtobuf

extension Etcd {
  /// Adds a member.
  public struct MemberAddRequest: ProtobufMessage {
    public var peerURLs: [String] = []
    public var isLearner = false

    public init() {}

    public init(peerURLs: [String] = [], isLearner: Bool = false) {
      self.peerURLs = peerURLs
      self.isLearner = isLearner
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: peerURLs.append(try cursor.readString(wire))
      case 2: isLearner = try cursor.readBool(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, texts: peerURLs)
      output.put(2, isLearner)
    }
  }

  /// A member was added.
  public struct MemberAddResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var member: Member?
    public var members: [Member] = []

    public init() {}

    public init(header: ResponseHeader? = nil, member: Member? = nil, members: [Member] = []) {
      self.header = header
      self.member = member
      self.members = members
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
        var message = member ?? Member()
        try cursor.read(&message, wire)
        member = message
      case 3: members.append(try cursor.readMessage(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, member)
      output.put(3, members)
    }
  }

  /// Removes a member.
  public typealias MemberRemoveRequest = MemberIDRequest

  /// A member was removed.
  public typealias MemberRemoveResponse = MembersResponse

  /// Changes where peers reach a member.
  public struct MemberUpdateRequest: ProtobufMessage {
    public var id: UInt64 = 0
    public var peerURLs: [String] = []

    public init() {}

    public init(id: UInt64 = 0, peerURLs: [String] = []) {
      self.id = id
      self.peerURLs = peerURLs
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: id = try cursor.readInteger(wire)
      case 2: peerURLs.append(try cursor.readString(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, id)
      output.put(2, texts: peerURLs)
    }
  }

  /// A member was changed.
  public typealias MemberUpdateResponse = MembersResponse

  /// Makes a learner a voting member.
  public typealias MemberPromoteRequest = MemberIDRequest

  /// A learner was promoted.
  public typealias MemberPromoteResponse = MembersResponse
}
