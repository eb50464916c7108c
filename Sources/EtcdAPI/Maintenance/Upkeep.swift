import EdgeProtobuf

extension Etcd {
  /// Asks a member to give back free space.
  public typealias DefragmentRequest = EmptyRequest

  /// Free space was given back.
  public typealias DefragmentResponse = HeaderResponse

  /// Hands leadership to another member.
  public struct MoveLeaderRequest: ProtobufMessage {
    public var targetID: UInt64 = 0

    public init() {}

    public init(targetID: UInt64 = 0) {
      self.targetID = targetID
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: targetID = try cursor.readInteger(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, targetID)
    }
  }

  /// Leadership was handed over.
  public typealias MoveLeaderResponse = HeaderResponse

  /// A step of a downgrade.
  public struct DowngradeAction: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public init() { self = .validate }

    public static let validate = DowngradeAction(rawValue: 0)
    public static let enable = DowngradeAction(rawValue: 1)
    public static let cancel = DowngradeAction(rawValue: 2)
  }

  /// Prepares a downgrade of the cluster.
  public struct DowngradeRequest: ProtobufMessage {
    public var action = DowngradeAction()
    public var version = ""

    public init() {}

    public init(action: DowngradeAction = DowngradeAction(), version: String = "") {
      self.action = action
      self.version = version
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: action = DowngradeAction(rawValue: try cursor.readInt32(wire))
      case 2: version = try cursor.readString(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, action.rawValue)
      output.put(2, version)
    }
  }

  /// The cluster's version.
  public struct DowngradeResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var version = ""

    public init() {}

    public init(header: ResponseHeader? = nil, version: String = "") {
      self.header = header
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
      case 2: version = try cursor.readString(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, version)
    }
  }
}
