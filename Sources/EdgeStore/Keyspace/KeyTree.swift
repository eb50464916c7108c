#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The current versions by key: a B+ tree of shared nodes, as ``OrderedMap``, made for keys that begin alike.
///
/// Copying it costs O(1), and a change to one copy duplicates only the path to the changed leaf. Nodes know the size of
/// their subtree, so ranks and counts cost O(log n). Each node has the part in which its keys differ beside it
/// (``KeyHints``), so that a search looks at one or two keys of a node and not at five, each of which would be a miss of
/// the processor's cache.
///
/// A leaf whose values are all on the disk can be *packed* (``PackedVersion``), and neighbours that are packed are joined: a
/// key then takes about a tenth of the memory. Reading such a leaf unpacks what is asked for; a change unpacks the part of
/// it around the changed key.
package struct KeyTree: Sendable {
  var root = Node()

  package init() {}

  package var count: Int { root.count }

  /// Costs O(n).
  package var leafCount: Int { root.leafCount }

  package subscript(key: StoreKey) -> StoredVersion? { root.version(of: key) }

  /// Sets the version of its key and returns the one it replaces.
  @discardableResult
  package mutating func update(_ version: StoredVersion) -> StoredVersion? {
    prepareRoot()
    let (old, sibling) = root.insert(version, isRightmost: true)
    if let sibling { root = Node(branch: [root, sibling]) }
    return old
  }

  /// Removes the key and returns its version.
  @discardableResult
  package mutating func remove(_ key: StoreKey) -> StoredVersion? {
    prepareRoot()
    let old = root.remove(key)
    lowerRoot()
    return old
  }

  /// Makes the root fit for a change: a wide leaf is taken apart by the branch above it, so that there must be one.
  private mutating func prepareRoot() {
    Node.makeUnique(&root)
    if root.isWide { root = Node(branch: [root]) }
  }

  mutating func lowerRoot() { while root.children.count == 1 { root = root.children[0] } }

  /// How many keys are smaller than `key`.
  package func rank(of key: StoreKey) -> Int { root.rank(of: key) }
}

extension KeyTree {
  /// A leaf has `versions`, or their bytes in `packed`; a branch has `children` beside the smallest key of each child.
  ///
  /// A node is changed only through ``makeUnique(_:)`` and what follows from it: by the one tree that refers to it, as the
  /// storage of a standard collection is. So the unsafe variables are sound: nobody else can be reading them, and no access
  /// to one runs while another does; checking that at each of them costs a tenth of a search.
  final class Node: Sendable {
    @exclusivity(unchecked) nonisolated(unsafe) var hints: KeyHints
    @exclusivity(unchecked) nonisolated(unsafe) var versions: [StoredVersion]
    @exclusivity(unchecked) nonisolated(unsafe) var packed: [UInt8]
    @exclusivity(unchecked) nonisolated(unsafe) var smallest: [StoreKey]
    @exclusivity(unchecked) nonisolated(unsafe) var children: [Node]
    @exclusivity(unchecked) nonisolated(unsafe) var count: Int

    /// Elements of a full node. A change copies a few nodes with all their references, which is most of what it costs.
    static var capacity: Int { 24 }

    /// Versions of a full packed leaf. More would save little, as a leaf's own 200 bytes are then a few for each key, and
    /// would be more to go through and to take apart.
    static var packedCapacity: Int { 48 }

    private init(
      hints: KeyHints, versions: [StoredVersion], packed: [UInt8] = [], smallest: [StoreKey], children: [Node],
      count: Int
    ) {
      self.hints = hints
      self.versions = versions
      self.packed = packed
      self.smallest = smallest
      self.children = children
      self.count = count
    }

    convenience init() { self.init(hints: KeyHints(), versions: [], smallest: [], children: [], count: 0) }

    /// - Parameter versions: in the order of their keys.
    convenience init(leaf versions: [StoredVersion]) {
      self.init(
        hints: KeyHints(versions.count) { versions[$0].key }, versions: versions, smallest: [], children: [],
        count: versions.count)
    }

    /// - Parameter versions: as above, their values on the disk.
    convenience init(packed versions: [StoredVersion]) {
      self.init(
        hints: KeyHints(), versions: [], packed: versions.packed(), smallest: [], children: [], count: versions.count)
    }

    convenience init(branch children: [Node]) {
      let smallest = children.map(\.smallestKey)
      self.init(
        hints: KeyHints(smallest.count) { smallest[$0] }, versions: [], smallest: smallest, children: children,
        count: children.reduce(0) { $0 + $1.count })
    }

    /// Replaces a node that others refer to as well by a copy.
    static func makeUnique(_ node: inout Node) {
      if isKnownUniquelyReferenced(&node) { return }
      node = Node(
        hints: node.hints, versions: node.versions, packed: node.packed, smallest: node.smallest,
        children: node.children, count: node.count)
    }

    var isLeaf: Bool { children.isEmpty }

    var leafCount: Int { isLeaf ? 1 : children.reduce(0) { $0 + $1.leafCount } }

    var isPacked: Bool { !packed.isEmpty }

    /// Whether it has more versions than a leaf that can be changed.
    var isWide: Bool { isPacked && count > Self.capacity }

    /// How many keys or children it has.
    var width: Int { isLeaf ? count : children.count }

    /// Of a node that is not empty.
    var smallestKey: StoreKey {
      if let key = smallest.first ?? versions.first?.key { return key }
      // Sound: the pointer stays inside the closure, and the cursor checks every step against its end.
      let first = packed.withUnsafeBytes { bytes in
        var cursor = PackedVersion.Cursor(bytes)
        return cursor.version(after: nil)
      }
      guard let first else { preconditionFailure("a node in a tree has keys") }
      return first.key
    }

    /// In a leaf, how many keys are smaller than `key`, and the version of `key`.
    @inline(__always)
    func look(for key: StoreKey) -> (index: Int, version: StoredVersion?) {
      if isPacked {
        // Sound: the pointer stays inside the closure, and the cursor checks every step against its end.
        return packed.withUnsafeBytes { bytes in
          var cursor = PackedVersion.Cursor(bytes)
          return cursor.find(key)
        }
      }
      let (index, isThere) = hints.find(key) { versions[$0].key }
      return (index, isThere ? versions[index] : nil)
    }

    /// The versions of a leaf.
    func unpacked() -> [StoredVersion] {
      if !isPacked { return versions }
      var versions: [StoredVersion] = []
      versions.reserveCapacity(count)
      // Sound: as above.
      packed.withUnsafeBytes { bytes in
        var cursor = PackedVersion.Cursor(bytes)
        while versions.count < count, let version = cursor.version(after: versions.last?.key) {
          versions.append(version)
        }
      }
      precondition(versions.count == count, "a leaf holds what it was packed with")
      return versions
    }

    /// The child in which `key` is, if it is anywhere; nil when it comes before all of them.
    @inline(__always)
    func childIndex(of key: StoreKey) -> Int? {
      let (index, isThere) = hints.find(key) { smallest[$0] }
      return isThere ? index : index > 0 ? index - 1 : nil
    }

    func version(of key: StoreKey) -> StoredVersion? {
      var node = self
      while !node.isLeaf {
        guard let index = node.childIndex(of: key) else { return nil }
        node = node.children[index]
      }
      return node.look(for: key).version
    }

    func rank(of key: StoreKey) -> Int {
      if isLeaf { return look(for: key).index }
      guard let index = childIndex(of: key) else { return 0 }
      var rank = children[index].rank(of: key)
      for sibling in 0..<index { rank += children[sibling].count }
      return rank
    }
  }
}

/// In what the keys of a node differ: how many bytes they all begin with, and of each the eight bytes after those.
struct KeyHints: Sendable {
  private(set) var prefixCount = 0
  /// Big-endian, so that they are ordered as the bytes are; zeros where a key has ended.
  private var words: [UInt64] = []

  init() {}

  /// - Parameter key: the keys in their order.
  init(_ count: Int, _ key: (Int) -> StoreKey) {
    if count == 0 { return }
    // What the first and the last have in common, all between them have too.
    prefixCount = key(0).commonPrefix(with: key(count - 1))
    words.reserveCapacity(count)
    for index in 0..<count { words.append(Self.word(of: key(index), at: prefixCount)) }
  }

  var count: Int { words.count }

  /// - Parameter other: the key at an index.
  /// - Returns: the first index whose key is not smaller than `key`, and whether it is that one.
  @inline(__always)
  func find(_ key: StoreKey, _ other: (Int) -> StoreKey) -> (index: Int, isThere: Bool) {
    if words.isEmpty { return (0, false) }
    if prefixCount > 0 {
      let order = key.order(besidePrefixOf: other(0), count: prefixCount)
      if order != 0 { return (order < 0 ? 0 : words.count, false) }
    }
    let word = Self.word(of: key, at: prefixCount)
    // Sound: the pointer stays inside the closure, and both bounds within its count.
    var index = words.withUnsafeBufferPointer { words in
      var low = 0
      var high = words.count
      while low < high {
        let middle = (low + high) / 2
        if words[middle] < word { low = middle + 1 } else { high = middle }
      }
      return low
    }
    // Keys that do not differ within those eight bytes.
    while index < words.count, words[index] == word {
      let order = key.order(beside: other(index))
      if order <= 0 { return (index, order == 0) }
      index += 1
    }
    return (index, false)
  }

  /// Takes in a key whose place is `index`; false when it does not begin as the others do: then make them anew.
  mutating func insert(_ key: StoreKey, at index: Int, beside other: StoreKey?) -> Bool {
    guard let other, key.order(besidePrefixOf: other, count: prefixCount) == 0 else { return false }
    words.insert(Self.word(of: key, at: prefixCount), at: index)
    return true
  }

  mutating func remove(at index: Int) { words.remove(at: index) }

  private static func word(of key: StoreKey, at offset: Int) -> UInt64 {
    // Sound: the pointer stays inside the closure, and what is read within its count.
    key.bytes.withUnsafeBytes { bytes in
      if offset + 8 <= bytes.count {
        return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      }
      var word: UInt64 = 0
      var index = offset
      while index < bytes.count {
        word |= UInt64(bytes[index]) << (8 * UInt64(7 - (index - offset)))
        index += 1
      }
      return word
    }
  }
}

extension StoreKey {
  /// Negative when it comes before the other, zero when they are equal.
  @inline(__always)
  fileprivate func order(beside other: StoreKey) -> Int {
    let order = order(beside: other, upTo: min(bytes.count, other.bytes.count))
    return order == 0 ? bytes.count - other.bytes.count : order
  }

  /// Where it stands among keys that all begin with these bytes: before, after, or zero for among them.
  @inline(__always)
  fileprivate func order(besidePrefixOf other: StoreKey, count: Int) -> Int {
    let order = order(beside: other, upTo: min(bytes.count, count))
    return order == 0 && bytes.count < count ? -1 : order
  }

  @inline(__always)
  private func order(beside other: StoreKey, upTo count: Int) -> Int {
    // Sound: the pointers stay inside the closures, and `count` is within both.
    bytes.withUnsafeBufferPointer { left in
      other.bytes.withUnsafeBufferPointer { right in
        guard let left = left.baseAddress, let right = right.baseAddress else { return 0 }
        return Int(memcmp(left, right, count))
      }
    }
  }

  /// With how many bytes both begin alike.
  package func commonPrefix(with other: StoreKey) -> Int {
    // Sound: the pointers stay inside the closures, and the index within both counts.
    bytes.withUnsafeBufferPointer { left in
      other.bytes.withUnsafeBufferPointer { right in
        let count = min(left.count, right.count)
        var index = 0
        while index < count, left[index] == right[index] { index += 1 }
        return index
      }
    }
  }
}
