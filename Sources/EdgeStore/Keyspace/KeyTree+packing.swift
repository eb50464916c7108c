extension KeyTree {
  /// Goes through the leaves that are not packed, from the one on in which `start` is, and packs those whose values are
  /// then all on the disk and which nobody has written lately; packed neighbours are joined.
  ///
  /// - Parameters:
  ///   - horizon: later revisions are late ones.
  ///   - goesOn: whether a further leaf is to be looked at.
  ///   - body: given a leaf's versions, returns others of the same keys in their place; nil leaves them.
  /// - Returns: the first key of the leaf to go on with the next time; nil at the end.
  package mutating func reviseLeaves(
    from start: StoreKey, packing horizon: Revision, while goesOn: () -> Bool,
    revising body: ([StoredVersion]) -> [StoredVersion]?
  ) -> StoreKey? {
    if root.isLeaf {
      root = root.revisedLeaf(packing: horizon, body)
      return nil
    }
    Node.makeUnique(&root)
    var rest: StoreKey?
    root.reviseLeaves(from: start, packing: horizon, while: goesOn, &rest, body)
    lowerRoot()
    return rest
  }
}

extension KeyTree.Node {
  /// The node is a branch and unique. What does not change below it stays shared.
  fileprivate func reviseLeaves(
    from start: StoreKey?, packing horizon: Revision, while goesOn: () -> Bool, _ rest: inout StoreKey?,
    _ body: ([StoredVersion]) -> [StoredVersion]?
  ) {
    let first = start.flatMap { childIndex(of: $0) } ?? 0
    var index = first
    while index < children.count {
      defer { index += 1 }
      if children[index].isPacked { continue }
      if !goesOn() {
        if rest == nil { rest = smallest[index] }
        return
      }
      if children[index].isLeaf {
        children[index] = children[index].revisedLeaf(packing: horizon, body)
        if children[index].isPacked { index = joinPacked(index) }
      } else {
        Self.makeUnique(&children[index])
        children[index].reviseLeaves(
          from: index == first ? start : nil, packing: horizon, while: goesOn, &rest, body)
      }
    }
  }

  /// The leaf itself when nothing is to be changed.
  fileprivate func revisedLeaf(
    packing horizon: Revision, _ body: ([StoredVersion]) -> [StoredVersion]?
  ) -> KeyTree.Node {
    if isPacked { return self }
    let changed = body(versions)
    let revised = changed ?? versions
    if revised.canBePacked(horizon: horizon) { return KeyTree.Node(packed: revised) }
    return changed.map(KeyTree.Node.init(leaf:)) ?? self
  }
}

extension StoredVersion {
  /// Whether its value is on the disk or empty, and it was written before `horizon`.
  func canBePacked(horizon: Revision) -> Bool {
    (!isResident || valueCount == 0 && !isPinned) && id.revision < horizon
  }
}

extension [StoredVersion] {
  func canBePacked(horizon: Revision) -> Bool { !isEmpty && allSatisfy { $0.canBePacked(horizon: horizon) } }

  /// The bytes of the versions, which must be fit for it.
  func packed() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * 48)
    var previous: StoreKey?
    for version in self {
      PackedVersion.append(version, after: previous, to: &bytes)
      previous = version.key
    }
    // No larger than they are.
    return bytes.withUnsafeBytes { [UInt8]($0) }
  }
}
