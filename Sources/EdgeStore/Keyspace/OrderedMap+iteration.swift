extension OrderedMap {
  /// The elements in key order, from the first key that is not smaller than `start`. It walks this value: later changes
  /// of the map it came from do not show.
  package func elements(from start: Key) -> Elements { Elements(root: root, start: start) }

  package struct Elements: Sequence, IteratorProtocol {
    private var leaf: Node
    private var index: Int
    /// Branches above the leaf, each with the index of the child to visit next.
    private var ancestors: [(node: Node, next: Int)] = []

    fileprivate init(root: Node, start: Key) {
      leaf = root
      while !leaf.isLeaf {
        let child = Swift.max(leaf.upperBound(start) - 1, 0)
        ancestors.append((leaf, child + 1))
        leaf = leaf.children[child]
      }
      index = leaf.lowerBound(start)
    }

    package mutating func next() -> (key: Key, value: Value)? {
      while index == leaf.keys.count {
        guard descendToNextLeaf() else { return nil }
      }
      defer { index += 1 }
      return (leaf.keys[index], leaf.values[index])
    }

    private mutating func descendToNextLeaf() -> Bool {
      while let (node, next) = ancestors.popLast() {
        guard next < node.children.count else { continue }
        ancestors.append((node, next + 1))
        leaf = node.children[next]
        while !leaf.isLeaf {
          ancestors.append((leaf, 1))
          leaf = leaf.children[0]
        }
        index = 0
        return true
      }
      return false
    }
  }
}
