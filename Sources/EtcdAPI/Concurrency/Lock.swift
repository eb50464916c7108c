import EdgeProtobuf

extension Etcd {
  /// Locks by name, held under leases (`v3lock.proto`).
  public enum Lock {
    public static let service = "v3lockpb.Lock"
    public static let lock = ProtobufMethod<LockRequest, LockResponse>(service: service, name: "Lock")
    public static let unlock = ProtobufMethod<UnlockRequest, UnlockResponse>(service: service, name: "Unlock")
  }

  /// Waits for a lock.
  public struct LockRequest: ProtobufMessage {
    public var name: [UInt8] = []
    /// The lock goes when it ends; 0 for a new one of a minute.
    public var lease: Int64 = 0

    public init() {}

    public init(name: [UInt8] = [], lease: Int64 = 0) {
      self.name = name
      self.lease = lease
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: name = try cursor.readBytes(wire)
      case 2: lease = try cursor.readInt64(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, name)
      output.put(2, lease)
    }
  }

  /// The lock is held for as long as its key is there.
  public struct LockResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var key: [UInt8] = []

    public init() {}

    public init(header: ResponseHeader? = nil, key: [UInt8] = []) {
      self.header = header
      self.key = key
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = header ?? ResponseHeader()
        try cursor.read(&message, wire)
        header = message
      case 2: key = try cursor.readBytes(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, key)
    }
  }

  /// Gives a lock back.
  public struct UnlockRequest: ProtobufMessage {
    public var key: [UInt8] = []

    public init() {}

    public init(key: [UInt8] = []) {
      self.key = key
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: key = try cursor.readBytes(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, key)
    }
  }

  public typealias UnlockResponse = HeaderResponse
}
