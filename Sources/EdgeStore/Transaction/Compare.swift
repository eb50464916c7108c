/// A condition on one key, or on every key of a range. What does not exist (a range without keys too) has revisions,
/// version and lease 0 and, as in etcd, fails every compare of its value.
public struct Compare: Hashable, Sendable {
  public var keys: KeyRange
  public var relation: Relation
  public var target: Target

  public init(key: StoreKey, _ relation: Relation, _ target: Target) {
    self.init(keys: .key(key), relation, target)
  }

  public init(keys: KeyRange, _ relation: Relation, _ target: Target) {
    self.keys = keys
    self.relation = relation
    self.target = target
  }

  public enum Relation: Hashable, Sendable { case equal, notEqual, less, greater }

  public enum Target: Hashable, Sendable {
    case value([UInt8])
    case version(Int64)
    case createRevision(Revision)
    case modRevision(Revision)
    case lease(LeaseID)
  }

  public static func value(of key: StoreKey, _ relation: Relation, _ value: [UInt8]) -> Compare {
    Compare(key: key, relation, .value(value))
  }
  public static func version(of key: StoreKey, _ relation: Relation, _ version: Int64) -> Compare {
    Compare(key: key, relation, .version(version))
  }
  public static func createRevision(of key: StoreKey, _ relation: Relation, _ revision: Revision) -> Compare {
    Compare(key: key, relation, .createRevision(revision))
  }
  public static func modRevision(of key: StoreKey, _ relation: Relation, _ revision: Revision) -> Compare {
    Compare(key: key, relation, .modRevision(revision))
  }
  public static func lease(of key: StoreKey, _ relation: Relation, _ lease: LeaseID) -> Compare {
    Compare(key: key, relation, .lease(lease))
  }
  /// The key does not exist.
  public static func absent(_ key: StoreKey) -> Compare { .modRevision(of: key, .equal, .zero) }
  /// The key exists.
  public static func exists(_ key: StoreKey) -> Compare { .modRevision(of: key, .greater, .zero) }
}

extension Compare {
  /// Whether the condition holds for what the key holds now.
  package func holds(for current: KeyValue?) -> Bool {
    switch target {
    case .value(let value):
      guard let current else { return false }
      // Values order like keys: as raw bytes.
      return relation.holds(StoreKey(current.value), StoreKey(value))
    case .version(let version): return relation.holds(current?.version ?? 0, version)
    case .createRevision(let revision): return relation.holds(current?.createRevision ?? .zero, revision)
    case .modRevision(let revision): return relation.holds(current?.modRevision ?? .zero, revision)
    case .lease(let lease): return relation.holds(current?.lease ?? .none, lease)
    }
  }
}

extension Compare.Relation {
  fileprivate func holds<Operand: Comparable>(_ left: Operand, _ right: Operand) -> Bool {
    switch self {
    case .equal: left == right
    case .notEqual: left != right
    case .less: left < right
    case .greater: left > right
    }
  }
}
