/// Makes a map of elements that come in order, in one pass and without a search: how a store is read from its disk.
package struct OrderedMapBuilder<Key: Comparable & Sendable, Value: Sendable> {
  private var leaves: [OrderedMap<Key, Value>.Node] = []
  private var keys: [Key] = []
  private var values: [Value] = []

  /// Not quite full, so that the first changes afterwards do not split every node.
  private static var fill: Int { 20 }

  package init() { reserve() }

  package var lastKey: Key? { keys.last ?? leaves.last?.keys.last }

  /// - Parameter key: greater than ``lastKey``.
  package mutating func append(_ value: Value, forKey key: Key) {
    keys.append(key)
    values.append(value)
    if keys.count == Self.fill { closeLeaf() }
  }

  package consuming func finish() -> OrderedMap<Key, Value> {
    if !keys.isEmpty { closeLeaf() }
    var level = leaves
    while level.count > 1 {
      // Evenly, so that no level ends with a branch of one child.
      let branches = (level.count + Self.fill - 1) / Self.fill
      level = (0..<branches).map { index in
        OrderedMap.Node(
          branch: Array(level[level.count * index / branches..<level.count * (index + 1) / branches]))
      }
    }
    var map = OrderedMap<Key, Value>()
    if let root = level.first { map.root = root }
    return map
  }

  private mutating func closeLeaf() {
    leaves.append(OrderedMap.Node(keys: keys, values: values))
    keys = []
    values = []
    reserve()
  }

  private mutating func reserve() {
    keys.reserveCapacity(Self.fill)
    values.reserveCapacity(Self.fill)
  }
}
