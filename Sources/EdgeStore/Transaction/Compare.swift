/// A condition on one key. A key that does not exist has revisions and version 0 and, as in etcd, fails every compare of
/// its value.
public struct Compare: Hashable, Sendable {
  public var key: StoreKey
  public var relation: Relation
  public var target: Target

  public init(key: StoreKey, _ relation: Relation, _ target: Target) {
    self.key = key
    self.relation = relation
    self.target = target
  }

  public enum Relation: Hashable, Sendable { case equal, notEqual, less, greater }

  public enum Target: Hashable, Sendable {
    case value([UInt8])
    case version(Int64)
    case createRevision(Revision)
    case modRevision(Revision)
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
