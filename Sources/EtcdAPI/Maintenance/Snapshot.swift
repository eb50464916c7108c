import EdgeProtobuf

extension Etcd {
  /// Asks for the whole database.
  public typealias SnapshotRequest = EmptyRequest

  /// A piece of the database.
  public struct SnapshotResponse: ProtobufMessage {
    public var header: ResponseHeader?
    /// What follows this piece.
    public var remainingBytes: UInt64 = 0
    public var blob: [UInt8] = []
    public var version = ""

    public init() {}

    public init(header: ResponseHeader? = nil, remainingBytes: UInt64 = 0, blob: [UInt8] = [], version: String = "") {
      self.header = header
      self.remainingBytes = remainingBytes
      self.blob = blob
      self.version = version
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = header ?? ResponseHeader()
        try cursor.read(&message, wire)
        header = message
      case 2: remainingBytes = try cursor.readInteger(wire)
      case 3: blob = try cursor.readBytes(wire)
      case 4: version = try cursor.readString(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, remainingBytes)
      output.put(3, blob)
      output.put(4, version)
    }
  }
}
