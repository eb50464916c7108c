/// An ordered dictionary: a B+ tree of shared nodes.
///
/// Copying it costs O(1), and a change to one copy duplicates only the path to the changed leaf. That is what lets a
/// reader walk a snapshot while the writer goes on, and the SQLite writer run ahead of what is durable. Nodes know the
/// size of their subtree, so ranks and counts cost O(log n).
package struct OrderedMap<Key: Comparable & Sendable, Value: Sendable>: Sendable {
  var root = Node()

  package init() {}

  package var count: Int { root.count }
  package var isEmpty: Bool { root.count == 0 }

  package subscript(key: Key) -> Value? { root.value(for: key) }

  /// Sets the value and returns the one it replaces.
  @discardableResult
  package mutating func updateValue(_ value: Value, forKey key: Key) -> Value? {
    Node.makeUnique(&root)
    let (old, sibling) = root.insert(key, value, isRightmost: true)
    if let sibling { root = Node(branch: [root, sibling]) }
    return old
  }

  /// Removes the key and returns its value.
  @discardableResult
  package mutating func removeValue(forKey key: Key) -> Value? {
    Node.makeUnique(&root)
    let old = root.remove(key)
    while root.children.count == 1 { root = root.children[0] }
    return old
  }

  /// How many keys are smaller than `key`.
  package func rank(of key: Key) -> Int { root.rank(of: key) }

  package var first: (key: Key, value: Value)? {
    var node = root
    while let child = node.children.first { node = child }
    guard let key = node.keys.first, let value = node.values.first else { return nil }
    return (key, value)
  }
}

/// Elements of a full node. A change copies a few nodes with all their references, which is most of what it costs, so
/// they are small; larger ones would make the tree one level lower.
private let nodeCapacity = 24

extension OrderedMap {
  /// A leaf has `values` beside its keys; a branch has `children` beside the smallest key of each child.
  ///
  /// A node is changed only through ``makeUnique(_:)`` and what follows from it: by the one map that refers to it, as the
  /// storage of a standard collection is. So the unsafe variables are sound: nobody else can be reading them.
  final class Node: Sendable {
    @exclusivity(unchecked) nonisolated(unsafe) var keys: [Key]
    @exclusivity(unchecked) nonisolated(unsafe) var values: [Value]
    @exclusivity(unchecked) nonisolated(unsafe) var children: [Node]
    @exclusivity(unchecked) nonisolated(unsafe) var count: Int

    private init(keys: [Key], values: [Value], children: [Node], count: Int) {
      self.keys = keys
      self.values = values
      self.children = children
      self.count = count
    }

    convenience init() { self.init(keys: [], values: [], children: [], count: 0) }

    convenience init(branch children: [Node]) {
      self.init(
        keys: children.map { $0.keys[0] }, values: [], children: children,
        count: children.reduce(0) { $0 + $1.count })
    }

    convenience init(keys: [Key], values: [Value]) {
      self.init(keys: keys, values: values, children: [], count: keys.count)
    }

    /// Replaces a node that others refer to as well by a copy.
    static func makeUnique(_ node: inout Node) {
      if isKnownUniquelyReferenced(&node) { return }
      node = Node(keys: node.keys, values: node.values, children: node.children, count: node.count)
    }

    var isLeaf: Bool { children.isEmpty }

    /// The first index whose key is greater than `key`.
    func upperBound(_ key: Key) -> Int {
      var low = 0
      var high = keys.count
      while low < high {
        let middle = (low + high) / 2
        if key < keys[middle] { high = middle } else { low = middle + 1 }
      }
      return low
    }

    /// The first index whose key is not smaller than `key`.
    func lowerBound(_ key: Key) -> Int {
      var low = 0
      var high = keys.count
      while low < high {
        let middle = (low + high) / 2
        if keys[middle] < key { low = middle + 1 } else { high = middle }
      }
      return low
    }

    func value(for key: Key) -> Value? {
      let index = upperBound(key) - 1
      guard index >= 0 else { return nil }
      if isLeaf { return keys[index] == key ? values[index] : nil }
      return children[index].value(for: key)
    }

    func rank(of key: Key) -> Int {
      if isLeaf { return lowerBound(key) }
      let index = upperBound(key) - 1
      guard index >= 0 else { return 0 }
      var rank = children[index].rank(of: key)
      for sibling in 0..<index { rank += children[sibling].count }
      return rank
    }
  }
}

extension OrderedMap.Node {
  /// Returns the replaced value and, when this node had to split, its new right sibling. The node is unique.
  func insert(_ key: Key, _ value: Value, isRightmost: Bool) -> (old: Value?, sibling: OrderedMap.Node?) {
    if isLeaf {
      let index = lowerBound(key)
      if index < keys.count, keys[index] == key {
        let old = values[index]
        values[index] = value
        return (old, nil)
      }
      keys.insert(key, at: index)
      values.insert(value, at: index)
      count += 1
      return (nil, splitIfFull(isAppend: isRightmost && index == count - 1))
    }
    let index = max(upperBound(key) - 1, 0)
    let before = children[index].count
    Self.makeUnique(&children[index])
    let (old, sibling) = children[index].insert(key, value, isRightmost: isRightmost && index == children.count - 1)
    // Only a new smallest key of all changes what the branch says about its child.
    if index == 0, key < keys[0] { keys[0] = key }
    count += children[index].count - before
    guard let sibling else { return (old, nil) }
    count += sibling.count
    children.insert(sibling, at: index + 1)
    keys.insert(sibling.keys[0], at: index + 1)
    return (old, splitIfFull(isAppend: isRightmost && index + 1 == children.count - 1))
  }

  /// Keys that only ever grow (a log) would leave every node half empty: a split at the tree's right edge moves one
  /// element instead of half of them.
  private func splitIfFull(isAppend: Bool) -> OrderedMap.Node? {
    guard keys.count > nodeCapacity else { return nil }
    let middle = isAppend ? keys.count - 1 : keys.count / 2
    if isLeaf {
      let sibling = OrderedMap.Node(keys: Array(keys[middle...]), values: Array(values[middle...]))
      keys.removeSubrange(middle...)
      values.removeSubrange(middle...)
      count = keys.count
      return sibling
    }
    let sibling = OrderedMap.Node(branch: Array(children[middle...]))
    children.removeSubrange(middle...)
    keys.removeSubrange(middle...)
    count -= sibling.count
    return sibling
  }

  /// The node is unique.
  func remove(_ key: Key) -> Value? {
    let index = upperBound(key) - 1
    guard index >= 0 else { return nil }
    if isLeaf {
      guard keys[index] == key else { return nil }
      keys.remove(at: index)
      count -= 1
      return values.remove(at: index)
    }
    Self.makeUnique(&children[index])
    guard let old = children[index].remove(key) else { return nil }
    count -= 1
    if children[index].keys.isEmpty {
      children.remove(at: index)
      keys.remove(at: index)
      // The last child gone turns this branch into an empty leaf, which its own parent removes in turn.
    } else {
      keys[index] = children[index].keys[0]
      mergeIfSparse(index)
    }
    return old
  }

  /// Joins a thinned child with a neighbour when both fit in one node with room to spare, so that a tree that was large
  /// once does not stay a tree of crumbs.
  private func mergeIfSparse(_ index: Int) {
    guard children[index].keys.count < nodeCapacity / 4, children.count > 1 else { return }
    let left = index + 1 < children.count ? index : index - 1
    guard children[left].keys.count + children[left + 1].keys.count <= nodeCapacity * 3 / 4 else { return }
    let right = children.remove(at: left + 1)
    keys.remove(at: left + 1)
    Self.makeUnique(&children[left])
    children[left].keys += right.keys
    children[left].values += right.values
    children[left].children += right.children
    children[left].count += right.count
  }
}
