/// Which of many ranges contain a key: a treap over the ranges' starts whose nodes know how far their subtree reaches.
///
/// Entering, removing and each range found cost O(log n). It is what keeps thousands of idle watches out of the way of
/// a commit, whatever shape their ranges have.
package struct WatchIndex: Sendable {
  private struct Node: Sendable {
    var keys: KeyRange
    var end: End
    var id: Int
    var priority: UInt64
    /// The furthest end in this subtree.
    var reach: End
    var left = Self.none
    var right = Self.none

    static let none = -1
  }

  /// Where a range ends, in an order in which no upper bound is the greatest.
  private enum End: Comparable, Sendable {
    case before(StoreKey)
    case unbounded

    func isAfter(_ key: StoreKey) -> Bool {
      switch self {
      case .before(let end): key < end
      case .unbounded: true
      }
    }
  }

  private var nodes: [Node] = []
  private var free: [Int] = []
  private var root = Node.none
  private var seed: UInt64 = 0
  /// Ranges of one key are the most frequent kind with some clients, and need no tree.
  private var single: [StoreKey: [Int]] = [:]

  package init() {}

  package mutating func insert(_ keys: KeyRange, id: Int) {
    if let key = keys.singleKey {
      single[key, default: []].append(id)
      return
    }
    let end = keys.end.map(End.before) ?? .unbounded
    let node = Node(keys: keys, end: end, id: id, priority: nextPriority(), reach: end)
    let index: Int
    if let reused = free.popLast() {
      index = reused
      nodes[index] = node
    } else {
      index = nodes.count
      nodes.append(node)
    }
    root = insert(index, below: root)
  }

  package mutating func remove(_ keys: KeyRange, id: Int) {
    if let key = keys.singleKey {
      single[key]?.removeAll { $0 == id }
      if single[key]?.isEmpty == true { single[key] = nil }
      return
    }
    root = remove(keys.start, id, from: root)
  }

  /// Calls `body` with the id of each range that contains `key`.
  package func forEach(containing key: StoreKey, _ body: (Int) -> Void) {
    if !single.isEmpty, let ids = single[key] { for id in ids { body(id) } }
    visit(root, key, body)
  }

  private func visit(_ index: Int, _ key: StoreKey, _ body: (Int) -> Void) {
    guard index != Node.none, nodes[index].reach.isAfter(key) else { return }
    visit(nodes[index].left, key, body)
    // All ranges to the right start later still.
    if key < nodes[index].keys.start { return }
    if nodes[index].end.isAfter(key) { body(nodes[index].id) }
    visit(nodes[index].right, key, body)
  }

  private func precedes(_ start: StoreKey, _ id: Int, _ index: Int) -> Bool {
    if start < nodes[index].keys.start { return true }
    return start == nodes[index].keys.start && id < nodes[index].id
  }

  private mutating func insert(_ new: Int, below index: Int) -> Int {
    if index == Node.none { return new }
    if precedes(nodes[new].keys.start, nodes[new].id, index) {
      let child = insert(new, below: nodes[index].left)
      nodes[index].left = child
      if nodes[child].priority > nodes[index].priority { return rotateRight(index) }
    } else {
      let child = insert(new, below: nodes[index].right)
      nodes[index].right = child
      if nodes[child].priority > nodes[index].priority { return rotateLeft(index) }
    }
    measure(index)
    return index
  }

  private mutating func remove(_ start: StoreKey, _ id: Int, from index: Int) -> Int {
    if index == Node.none { return index }
    if nodes[index].id == id && nodes[index].keys.start == start {
      free.append(index)
      return join(nodes[index].left, nodes[index].right)
    }
    if precedes(start, id, index) {
      nodes[index].left = remove(start, id, from: nodes[index].left)
    } else {
      nodes[index].right = remove(start, id, from: nodes[index].right)
    }
    measure(index)
    return index
  }

  /// Everything in `left` precedes everything in `right`.
  private mutating func join(_ left: Int, _ right: Int) -> Int {
    if left == Node.none { return right }
    if right == Node.none { return left }
    if nodes[left].priority > nodes[right].priority {
      nodes[left].right = join(nodes[left].right, right)
      measure(left)
      return left
    }
    nodes[right].left = join(left, nodes[right].left)
    measure(right)
    return right
  }

  private mutating func rotateRight(_ index: Int) -> Int {
    let child = nodes[index].left
    nodes[index].left = nodes[child].right
    nodes[child].right = index
    measure(index)
    measure(child)
    return child
  }

  private mutating func rotateLeft(_ index: Int) -> Int {
    let child = nodes[index].right
    nodes[index].right = nodes[child].left
    nodes[child].left = index
    measure(index)
    measure(child)
    return child
  }

  private mutating func measure(_ index: Int) {
    var reach = nodes[index].end
    for child in [nodes[index].left, nodes[index].right] where child != Node.none {
      reach = max(reach, nodes[child].reach)
    }
    nodes[index].reach = reach
  }

  /// SplitMix64: the shape of the tree must not follow the order of the calls, and need not be secret.
  private mutating func nextPriority() -> UInt64 {
    seed &+= 0x9E37_79B9_7F4A_7C15
    var mixed = seed
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
