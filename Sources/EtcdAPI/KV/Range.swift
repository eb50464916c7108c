import EdgeProtobuf

extension Etcd {
  /// In which order a range is answered.
  public struct SortOrder: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public init() { self = .none }

    public static let none = SortOrder(rawValue: 0)
    public static let ascending = SortOrder(rawValue: 1)
    public static let descending = SortOrder(rawValue: 2)
  }

  /// By which field a range is sorted.
  public struct SortTarget: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    public init() { self = .key }

    public static let key = SortTarget(rawValue: 0)
    public static let version = SortTarget(rawValue: 1)
    public static let createRevision = SortTarget(rawValue: 2)
    public static let modRevision = SortTarget(rawValue: 3)
    public static let value = SortTarget(rawValue: 4)
  }

  /// Asks for a key, or for the keys of a range.
  public struct RangeRequest: ProtobufMessage {
    /// One zero byte begins the range at the first key.
    public var key: [UInt8] = []
    /// Empty means `key` alone; one zero byte means no end.
    public var rangeEnd: [UInt8] = []
    /// 0 for no limit.
    public var limit: Int64 = 0
    /// 0 or less for the current one.
    public var revision: Int64 = 0
    public var sortOrder = SortOrder()
    public var sortTarget = SortTarget()
    /// Whether a stale answer will do.
    public var serializable = false
    public var keysOnly = false
    public var countOnly = false
    public var minimumModRevision: Int64 = 0
    public var maximumModRevision: Int64 = 0
    public var minimumCreateRevision: Int64 = 0
    public var maximumCreateRevision: Int64 = 0

    public init() {}

    public init(
      key: [UInt8] = [], rangeEnd: [UInt8] = [], limit: Int64 = 0, revision: Int64 = 0,
      sortOrder: SortOrder = SortOrder(), sortTarget: SortTarget = SortTarget(), serializable: Bool = false,
      keysOnly: Bool = false, countOnly: Bool = false, minimumModRevision: Int64 = 0, maximumModRevision: Int64 = 0,
      minimumCreateRevision: Int64 = 0, maximumCreateRevision: Int64 = 0
    ) {
      self.key = key
      self.rangeEnd = rangeEnd
      self.limit = limit
      self.revision = revision
      self.sortOrder = sortOrder
      self.sortTarget = sortTarget
      self.serializable = serializable
      self.keysOnly = keysOnly
      self.countOnly = countOnly
      self.minimumModRevision = minimumModRevision
      self.maximumModRevision = maximumModRevision
      self.minimumCreateRevision = minimumCreateRevision
      self.maximumCreateRevision = maximumCreateRevision
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1: key = try cursor.readBytes(wire)
      case 2: rangeEnd = try cursor.readBytes(wire)
      case 3: limit = try cursor.readInt64(wire)
      case 4: revision = try cursor.readInt64(wire)
      case 5: sortOrder = SortOrder(rawValue: try cursor.readInt32(wire))
      case 6: sortTarget = SortTarget(rawValue: try cursor.readInt32(wire))
      case 7: serializable = try cursor.readBool(wire)
      case 8: keysOnly = try cursor.readBool(wire)
      case 9: countOnly = try cursor.readBool(wire)
      case 10: minimumModRevision = try cursor.readInt64(wire)
      case 11: maximumModRevision = try cursor.readInt64(wire)
      case 12: minimumCreateRevision = try cursor.readInt64(wire)
      case 13: maximumCreateRevision = try cursor.readInt64(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, key)
      output.put(2, rangeEnd)
      output.put(3, limit)
      output.put(4, revision)
      output.put(5, sortOrder.rawValue)
      output.put(6, sortTarget.rawValue)
      output.put(7, serializable)
      output.put(8, keysOnly)
      output.put(9, countOnly)
      output.put(10, minimumModRevision)
      output.put(11, maximumModRevision)
      output.put(12, minimumCreateRevision)
      output.put(13, maximumCreateRevision)
    }
  }

  /// The keys of a range.
  public struct RangeResponse: ProtobufMessage {
    public var header: ResponseHeader?
    public var kvs: [KeyValue] = []
    /// Whether the limit left keys out.
    public var more = false
    /// How many keys the range has, whatever the limit.
    public var count: Int64 = 0

    public init() {}

    public init(header: ResponseHeader? = nil, kvs: [KeyValue] = [], more: Bool = false, count: Int64 = 0) {
      self.header = header
      self.kvs = kvs
      self.more = more
      self.count = count
    }

    public mutating func readField(
      _ number: Int, _ wire: WireType, from cursor: inout ProtobufCursor
    ) throws(ProtobufError) {
      switch number {
      case 1:
        var message = header ?? ResponseHeader()
        try cursor.read(&message, wire)
        header = message
      case 2: kvs.append(try cursor.readMessage(wire))
      case 3: more = try cursor.readBool(wire)
      case 4: count = try cursor.readInt64(wire)
      default: try cursor.skip(wire)
      }
    }

    public func writeFields(to output: inout some ProtobufOutput) {
      output.put(1, header)
      output.put(2, kvs)
      output.put(3, more)
      output.put(4, count)
    }
  }
}
