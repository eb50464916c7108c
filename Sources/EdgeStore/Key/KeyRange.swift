/// A set of neighbouring keys: one key, a prefix, a half-open interval or everything.
///
/// It is etcd's pair of `key` and `range_end` without the pair's special cases.
public struct KeyRange: Hashable, Sendable, CustomStringConvertible {
  /// The first key that can be inside.
  public let start: StoreKey
  private let extent: Extent

  private enum Extent: Hashable, Sendable {
    case one
    case until(StoreKey)
    case unbounded
  }

  private init(start: StoreKey, extent: Extent) {
    self.start = start
    self.extent = extent
  }

  /// Exactly this key. An empty key is refused by every store with ``StoreError/Code/keyNotProvided``.
  public static func key(_ key: StoreKey) -> KeyRange { KeyRange(start: key, extent: .one) }

  /// Every key that begins with `prefix`; an empty prefix means ``all``.
  public static func prefix(_ prefix: StoreKey) -> KeyRange {
    var end = prefix.bytes
    while let last = end.popLast() {
      // 0xFF has no successor in its place: the carry goes to the byte before it.
      if last < 0xFF { return KeyRange(start: prefix, extent: .until(StoreKey(end + [last + 1]))) }
    }
    return KeyRange(start: prefix, extent: .unbounded)
  }

  /// The keys `start <= key < end`; with `end` nil, every key from `start` on. Empty when `end <= start`.
  public static func from(_ start: StoreKey, until end: StoreKey?) -> KeyRange {
    guard let end else { return KeyRange(start: start, extent: .unbounded) }
    if !start.isEmpty && end.bytes.count == start.bytes.count + 1 && end.bytes.last == 0 && end.hasPrefix(start) {
      return .key(start)
    }
    return KeyRange(start: start, extent: .until(end))
  }

  /// Every key of the store.
  public static let all = KeyRange(start: StoreKey([]), extent: .unbounded)

  /// The first key after the range; nil when it has no upper bound.
  public var end: StoreKey? {
    switch extent {
    case .one: start.successor
    case .until(let end): end
    case .unbounded: nil
    }
  }

  /// The key of a range made with ``key(_:)``; nil for all others.
  public var singleKey: StoreKey? { extent == .one ? start : nil }

  public func contains(_ key: StoreKey) -> Bool {
    switch extent {
    case .one: key == start
    case .until(let end): !(key < start) && key < end
    case .unbounded: !(key < start)
    }
  }

  public var description: String {
    switch extent {
    case .one: start.description
    case .until(let end): "[\(start), \(end))"
    case .unbounded: "[\(start), ...)"
    }
  }
}
