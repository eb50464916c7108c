import EdgeProtobuf

extension Etcd {
  /// Who answered, and at which revision of the store.
  public struct ResponseHeader: ProtobufMessage {
    public var clusterID: UInt64 = 0
    public var memberID: UInt64 = 0
    /// The current revision, whichever one was asked for. In a watch's progress: no event up to it will follow.
    public var revision: Int64 = 0
    public var raftTerm: UInt64 = 0

    public init() {}

    public init(clusterID: UInt64 = 0, memberID: UInt64 = 0, revision: Int64 = 0, raftTerm: UInt64 = 0) {
      self.clusterID = clusterID
      self.memberID = memberID
      self.revision = revision
      self.raftTerm = raftTerm
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: clusterID = try cursor.readInteger(wire)
      case 2: memberID = try cursor.readInteger(wire)
      case 3: revision = try cursor.readInt64(wire)
      case 4: raftTerm = try cursor.readInteger(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, clusterID)
      output.put(2, memberID)
      output.put(3, revision)
      output.put(4, raftTerm)
    }
  }
}
