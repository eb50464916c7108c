import EdgeProtobuf

extension Etcd {
  /// A member of the cluster.
  public struct Member: ProtobufMessage {
    public var id: UInt64 = 0
    /// Empty until the member has started.
    public var name = ""
    public var peerURLs: [String] = []
    /// Empty until the member has started.
    public var clientURLs: [String] = []
    public var isLearner = false

    public init() {}

    public init(
      id: UInt64 = 0, name: String = "", peerURLs: [String] = [], clientURLs: [String] = [], isLearner: Bool = false
    ) {
      self.id = id
      self.name = name
      self.peerURLs = peerURLs
      self.clientURLs = clientURLs
      self.isLearner = isLearner
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: id = try cursor.readInteger(wire)
      case 2: name = try cursor.readString(wire)
      case 3: peerURLs.append(try cursor.readString(wire))
      case 4: clientURLs.append(try cursor.readString(wire))
      case 5: isLearner = try cursor.readBool(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, id)
      output.put(2, name)
      output.put(3, texts: peerURLs)
      output.put(4, texts: clientURLs)
      output.put(5, isLearner)
    }
  }

  /// Asks for the members.
  public struct MemberListRequest: ProtobufMessage {
    public var linearizable = false

    public init() {}

    public init(linearizable: Bool = false) {
      self.linearizable = linearizable
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: linearizable = try cursor.readBool(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, linearizable)
    }
  }

  /// The members.
  public typealias MemberListResponse = MembersResponse
}
