import EdgeProtobuf

extension Etcd {
  /// What a client says on a watch stream.
  public indirect enum WatchRequest: ProtobufMessage {
    /// Nothing that this program knows.
    case unknown
    case create(WatchCreateRequest)
    case cancel(WatchCancelRequest)
    case progress(WatchProgressRequest)

    public init() { self = .unknown }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: self = .create(try cursor.readMessage(wire))
      case 2: self = .cancel(try cursor.readMessage(wire))
      case 3: self = .progress(try cursor.readMessage(wire))
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      switch self {
      case .unknown: break
      case .create(let message): output.put(1, message)
      case .cancel(let message): output.put(2, message)
      case .progress(let message): output.put(3, message)
      }
    }
  }

  /// Which events a watch leaves out.
  public struct WatchFilter: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public init() { self = .noPut }

    public static let noPut = WatchFilter(rawValue: 0)
    public static let noDelete = WatchFilter(rawValue: 1)
  }

  /// Begins a watch of a key or a range.
  public struct WatchCreateRequest: ProtobufMessage {
    public var key: [UInt8] = []
    /// As in ``RangeRequest``.
    public var rangeEnd: [UInt8] = []
    /// The first revision of interest; 0 for the next.
    public var startRevision: Int64 = 0
    /// Whether to be told of progress when nothing happens.
    public var progressNotify = false
    public var filters: [WatchFilter] = []
    /// Whether events tell what was there before.
    public var previousKV = false
    /// 0 lets the server choose.
    public var watchID: Int64 = 0
    /// Whether the events of a large revision may come in several responses.
    public var fragment = false

    public init() {}

    public init(
      key: [UInt8] = [], rangeEnd: [UInt8] = [], startRevision: Int64 = 0, progressNotify: Bool = false,
      filters: [WatchFilter] = [], previousKV: Bool = false, watchID: Int64 = 0, fragment: Bool = false
    ) {
      self.key = key
      self.rangeEnd = rangeEnd
      self.startRevision = startRevision
      self.progressNotify = progressNotify
      self.filters = filters
      self.previousKV = previousKV
      self.watchID = watchID
      self.fragment = fragment
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: key = try cursor.readBytes(wire)
      case 2: rangeEnd = try cursor.readBytes(wire)
      case 3: startRevision = try cursor.readInt64(wire)
      case 4: progressNotify = try cursor.readBool(wire)
      case 5:
        var values: [Int64] = []
        try cursor.readRepeated(&values, wire)
        filters += values.map { WatchFilter(rawValue: Int32(truncatingIfNeeded: $0)) }
      case 6: previousKV = try cursor.readBool(wire)
      case 7: watchID = try cursor.readInt64(wire)
      case 8: fragment = try cursor.readBool(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, key)
      output.put(2, rangeEnd)
      output.put(3, startRevision)
      output.put(4, progressNotify)
      output.put(5, packed: filters.map { Int64($0.rawValue) })
      output.put(6, previousKV)
      output.put(7, watchID)
      output.put(8, fragment)
    }
  }

  /// Ends one watch of the stream.
  public struct WatchCancelRequest: ProtobufMessage {
    public var watchID: Int64 = 0

    public init() {}

    public init(watchID: Int64 = 0) {
      self.watchID = watchID
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: watchID = try cursor.readInt64(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, watchID)
    }
  }

  /// Asks how far the stream's watches have come.
  public typealias WatchProgressRequest = EmptyRequest
}
