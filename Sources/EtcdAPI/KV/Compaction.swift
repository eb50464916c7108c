import EdgeProtobuf

extension Etcd {
  /// Forgets what was superseded at a revision.
  public struct CompactionRequest: ProtobufMessage {
    public var revision: Int64 = 0
    /// Whether the answer waits until the space is free.
    public var physical = false

    public init() {}

    public init(revision: Int64 = 0, physical: Bool = false) {
      self.revision = revision
      self.physical = physical
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: revision = try cursor.readInt64(wire)
      case 2: physical = try cursor.readBool(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, revision)
      output.put(2, physical)
    }
  }

  /// A compaction was done, or begun.
  public typealias CompactionResponse = HeaderResponse
}
