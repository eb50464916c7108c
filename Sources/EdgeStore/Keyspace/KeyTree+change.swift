extension KeyTree.Node {
  /// Returns the replaced version and, when this node had to split, its new right sibling. The node is unique.
  func insert(_ version: StoredVersion, isRightmost: Bool) -> (old: StoredVersion?, sibling: KeyTree.Node?) {
    let key = version.key
    if isLeaf {
      unpack()
      let (index, old) = look(for: key)
      if let old {
        versions[index] = version
        return (old, nil)
      }
      let isTaken = hints.insert(key, at: index, beside: versions.first?.key)
      versions.insert(version, at: index)
      if !isTaken { renewHints() }
      count += 1
      return (nil, splitIfFull(isAppend: isRightmost && index == count - 1))
    }
    let index = childIndex(of: key)
    var child = index ?? 0
    if children[child].isWide { child = takeApart(child, around: key) }
    let before = children[child].count
    Self.makeUnique(&children[child])
    let (old, sibling) = children[child].insert(version, isRightmost: isRightmost && child == children.count - 1)
    count += children[child].count - before
    // Only a new smallest key of all changes what the branch says about its child.
    if index == nil {
      smallest[0] = key
      renewHints()
    }
    if let sibling {
      count += sibling.count
      insert(sibling, at: child + 1)
    }
    return (old, splitIfFull(isAppend: isRightmost && child + 1 == children.count - 1))
  }

  /// Makes of a wide leaf one that can be changed, with what comes before it and after it still packed.
  ///
  /// - Returns: the index of the child in which the key is or belongs.
  private func takeApart(_ index: Int, around key: StoreKey) -> Int {
    let versions = children[index].unpacked()
    let length = Self.capacity / 2
    let start = min(max(children[index].look(for: key).index - length / 2, 0), versions.count - length)
    let end = start + length
    let leaf = KeyTree.Node(leaf: Array(versions[start..<end]))
    if start == 0 {
      children[index] = leaf
    } else {
      children[index] = KeyTree.Node(packed: Array(versions[..<start]))
      insert(leaf, at: index + 1)
    }
    let changed = start == 0 ? index : index + 1
    if end < versions.count { insert(KeyTree.Node(packed: Array(versions[end...])), at: changed + 1) }
    return changed
  }

  private func insert(_ child: KeyTree.Node, at index: Int) {
    let key = child.smallestKey
    let isTaken = hints.insert(key, at: index, beside: smallest.first)
    children.insert(child, at: index)
    smallest.insert(key, at: index)
    if !isTaken { renewHints() }
  }

  /// Joins a child that has just been packed with those beside it that are packed too and fit.
  ///
  /// - Returns: the index of the child it is now part of.
  func joinPacked(_ index: Int) -> Int {
    var index = index
    if index > 0, canJoinPacked(index - 1) {
      index -= 1
      joinWithNext(index)
    }
    if index + 1 < children.count, canJoinPacked(index) { joinWithNext(index) }
    return index
  }

  private func canJoinPacked(_ index: Int) -> Bool {
    let (left, right) = (children[index], children[index + 1])
    return left.isPacked && right.isPacked && left.count + right.count <= Self.packedCapacity
  }

  private func joinWithNext(_ index: Int) {
    let next = removeChild(at: index + 1)
    children[index] = KeyTree.Node(packed: children[index].unpacked() + next.unpacked())
  }

  private func removeChild(at index: Int) -> KeyTree.Node {
    smallest.remove(at: index)
    hints.remove(at: index)
    return children.remove(at: index)
  }

  /// Of a leaf that is unique.
  private func unpack() {
    guard isPacked else { return }
    versions = unpacked()
    packed = []
    renewHints()
  }

  private func renewHints() {
    hints = isLeaf ? KeyHints(versions.count) { versions[$0].key } : KeyHints(smallest.count) { smallest[$0] }
  }

  /// Keys that only ever grow (a log) would leave every node half empty: a split at the tree's right edge moves one
  /// element instead of half of them.
  private func splitIfFull(isAppend: Bool) -> KeyTree.Node? {
    guard width > Self.capacity else { return nil }
    let middle = isAppend ? width - 1 : width / 2
    let sibling: KeyTree.Node
    if isLeaf {
      sibling = KeyTree.Node(leaf: Array(versions[middle...]))
      versions.removeSubrange(middle...)
    } else {
      sibling = KeyTree.Node(branch: Array(children[middle...]))
      children.removeSubrange(middle...)
      smallest.removeSubrange(middle...)
    }
    renewHints()
    count -= sibling.count
    return sibling
  }

  /// The node is unique.
  func remove(_ key: StoreKey) -> StoredVersion? {
    if isLeaf {
      unpack()
      let (index, old) = look(for: key)
      guard let old else { return nil }
      hints.remove(at: index)
      versions.remove(at: index)
      count -= 1
      return old
    }
    guard var index = childIndex(of: key) else { return nil }
    if children[index].isWide {
      if children[index].look(for: key).version == nil { return nil }
      index = takeApart(index, around: key)
    }
    Self.makeUnique(&children[index])
    guard let old = children[index].remove(key) else { return nil }
    count -= 1
    if children[index].width == 0 {
      _ = removeChild(at: index)
      // The last child gone turns this branch into an empty leaf, which its own parent removes in turn.
    } else {
      let first = children[index].smallestKey
      if first != smallest[index] {
        smallest[index] = first
        renewHints()
      }
      mergeIfSparse(index)
    }
    return old
  }

  /// Joins a thinned child with a neighbour when both fit in one node with room to spare, so that a tree that was large
  /// once does not stay a tree of crumbs.
  private func mergeIfSparse(_ index: Int) {
    guard children[index].width < Self.capacity / 4, children.count > 1 else { return }
    let left = index + 1 < children.count ? index : index - 1
    guard children[left].width + children[left + 1].width <= Self.capacity * 3 / 4 else { return }
    let right = removeChild(at: left + 1)
    Self.makeUnique(&children[left])
    let joined = children[left]
    joined.unpack()
    joined.versions += right.unpacked()
    joined.smallest += right.smallest
    joined.children += right.children
    joined.count += right.count
    joined.renewHints()
  }
}
