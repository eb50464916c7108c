/// What a range's answer is sorted by. Keys that are equal in it stay in byte order.
public struct RangeOrder: Hashable, Sendable {
  public enum Target: Hashable, Sendable { case key, version, createRevision, modRevision, value }
  public enum Direction: Hashable, Sendable { case ascending, descending }

  public var target: Target
  public var direction: Direction

  public init(_ target: Target, _ direction: Direction = .ascending) {
    self.target = target
    self.direction = direction
  }

  /// - Parameter kvs: in byte order of their keys.
  package func sort(_ kvs: inout [KeyValue]) {
    switch target {
    case .key: if direction == .descending { kvs.reverse() }
    case .version: sort(&kvs) { $0.version }
    case .createRevision: sort(&kvs) { $0.createRevision }
    case .modRevision: sort(&kvs) { $0.modRevision }
    case .value: sort(&kvs) { StoreKey($0.value) }
    }
  }

  // The library's sort keeps the order of equal elements.
  private func sort<Field: Comparable>(_ kvs: inout [KeyValue], by field: (KeyValue) -> Field) {
    switch direction {
    case .ascending: kvs.sort { field($0) < field($1) }
    case .descending: kvs.sort { field($1) < field($0) }
    }
  }
}

/// An interval of revisions, both ends included.
public struct RevisionBounds: Hashable, Sendable {
  /// Nil or zero: no lower bound.
  public var minimum: Revision?
  /// Nil or zero: no upper bound.
  public var maximum: Revision?

  public init(minimum: Revision? = nil, maximum: Revision? = nil) {
    self.minimum = minimum
    self.maximum = maximum
  }

  public static let any = RevisionBounds()

  public func contains(_ revision: Revision) -> Bool {
    if let minimum, minimum != .zero, revision < minimum { return false }
    if let maximum, maximum != .zero, revision > maximum { return false }
    return true
  }
}
