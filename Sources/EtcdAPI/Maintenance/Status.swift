import EdgeProtobuf

extension Etcd {
  /// Asks how a member is.
  public typealias StatusRequest = EmptyRequest

  /// How a member is.
  public struct StatusResponse: ProtobufMessage {
    public var header: ResponseHeader?
    /// Semantic version; clients choose features by it.
    public var version = ""
    public var databaseBytes: Int64 = 0
    public var leader: UInt64 = 0
    public var raftIndex: UInt64 = 0
    public var raftTerm: UInt64 = 0
    public var raftAppliedIndex: UInt64 = 0
    public var errors: [String] = []
    public var databaseBytesInUse: Int64 = 0
    public var isLearner = false

    public init() {}

    public init(
      header: ResponseHeader? = nil, version: String = "", databaseBytes: Int64 = 0, leader: UInt64 = 0,
      raftIndex: UInt64 = 0, raftTerm: UInt64 = 0, raftAppliedIndex: UInt64 = 0, errors: [String] = [],
      databaseBytesInUse: Int64 = 0, isLearner: Bool = false
    ) {
      self.header = header
      self.version = version
      self.databaseBytes = databaseBytes
      self.leader = leader
      self.raftIndex = raftIndex
      self.raftTerm = raftTerm
      self.raftAppliedIndex = raftAppliedIndex
      self.errors = errors
      self.databaseBytesInUse = databaseBytesInUse
      self.isLearner = isLearner
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = header ?? ResponseHeader()
        try cursor.read(&message, wire)
        header = message
      case 2: version = try cursor.readString(wire)
      case 3: databaseBytes = try cursor.readInt64(wire)
      case 4: leader = try cursor.readInteger(wire)
      case 5: raftIndex = try cursor.readInteger(wire)
      case 6: raftTerm = try cursor.readInteger(wire)
      case 7: raftAppliedIndex = try cursor.readInteger(wire)
      case 8: errors.append(try cursor.readString(wire))
      case 9: databaseBytesInUse = try cursor.readInt64(wire)
      case 10: isLearner = try cursor.readBool(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, version)
      output.put(3, databaseBytes)
      output.put(4, leader)
      output.put(5, raftIndex)
      output.put(6, raftTerm)
      output.put(7, raftAppliedIndex)
      output.put(8, texts: errors)
      output.put(9, databaseBytesInUse)
      output.put(10, isLearner)
    }
  }
}
