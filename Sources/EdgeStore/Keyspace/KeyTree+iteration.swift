extension KeyTree {
  /// The versions in the order of their keys, from the first key that is not smaller than `start`. It walks this value:
  /// later changes of the tree it came from do not show.
  package func versions(from start: StoreKey) -> Versions { Versions(root: root, start: start) }

  package struct Versions: Sequence, IteratorProtocol {
    private var leaf: [StoredVersion]
    private var index: Int
    /// Branches above the leaf, each with the index of the child to visit next.
    private var ancestors: [(node: Node, next: Int)] = []

    fileprivate init(root: Node, start: StoreKey) {
      var node = root
      while !node.isLeaf {
        let child = node.childIndex(of: start) ?? 0
        ancestors.append((node, child + 1))
        node = node.children[child]
      }
      leaf = node.unpacked()
      index = node.look(for: start).index
    }

    package mutating func next() -> StoredVersion? {
      while index == leaf.count {
        guard descendToNextLeaf() else { return nil }
      }
      defer { index += 1 }
      return leaf[index]
    }

    private mutating func descendToNextLeaf() -> Bool {
      while let (node, next) = ancestors.popLast() {
        guard next < node.children.count else { continue }
        ancestors.append((node, next + 1))
        var child = node.children[next]
        while !child.isLeaf {
          ancestors.append((child, 1))
          child = child.children[0]
        }
        leaf = child.unpacked()
        index = 0
        return true
      }
      return false
    }
  }

  /// Makes a tree of versions that come in the order of their keys, in one pass and without a search: how a store is read
  /// from its disk.
  package struct Builder: Sendable {
    private var leaves: [Node] = []
    private var versions: [StoredVersion] = []
    /// Whether all of those can be packed.
    private var isCold = true

    /// Not quite full, so that the first changes afterwards do not split every node.
    private static var fill: Int { 20 }

    package init() { versions.reserveCapacity(Self.fill) }

    package mutating func append(_ version: StoredVersion) {
      isCold = isCold && version.canBePacked(horizon: Revision(rawValue: .max))
      versions.append(version)
      if versions.count >= (isCold ? Node.packedCapacity : Self.fill) { closeLeaf() }
    }

    package consuming func finish() -> KeyTree {
      if !versions.isEmpty { closeLeaf() }
      var level = leaves
      while level.count > 1 {
        // Evenly, so that no level ends with a branch of one child.
        let branches = (level.count + Self.fill - 1) / Self.fill
        level = (0..<branches).map { index in
          Node(branch: Array(level[level.count * index / branches..<level.count * (index + 1) / branches]))
        }
      }
      var tree = KeyTree()
      if let root = level.first { tree.root = root }
      return tree
    }

    private mutating func closeLeaf() {
      if isCold {
        leaves.append(Node(packed: versions))
      } else {
        // More than one leaf when the first that cannot be packed comes after many that can.
        for start in stride(from: 0, to: versions.count, by: Self.fill) {
          leaves.append(Node(leaf: Array(versions[start..<min(start + Self.fill, versions.count)])))
        }
      }
      versions = []
      versions.reserveCapacity(Self.fill)
      isCold = true
    }
  }
}
