/// Values by names, in the order of the names' bytes: labels, annotations, amounts of resources.
///
/// Small maps are what objects are made of, so this is an array: reading one from the wire hashes nothing, and equal maps
/// are written as equal bytes. Finding a name takes logarithmic time, setting one linear time.
public struct StringMap<Value: Sendable & Hashable>: Sendable, Hashable {
  struct Entry: Sendable, Hashable {
    let key: String
    var value: Value
  }

  /// Ordered by the keys, each key once.
  private(set) var entries: [Entry] = []

  public init() {}

  /// - Parameter dictionary: in any order.
  public init(_ dictionary: [String: Value]) {
    entries = dictionary.map { Entry(key: $0.key, value: $0.value) }.sorted { Self.precedes($0.key, $1.key) }
  }

  /// Entries in the order in which they came; `duplicate` is a key that came twice.
  init(unordered new: [Entry], duplicate: inout String?) {
    entries = new
    // Most encoders write maps in order, and then no key comes twice.
    var place = 1
    while place < new.count, Self.precedes(new[place - 1].key, new[place].key) { place += 1 }
    if place >= new.count { return }
    entries.sort { Self.precedes($0.key, $1.key) }
    for place in 1..<entries.count where Self.isSame(entries[place - 1].key, entries[place].key) {
      duplicate = entries[place].key
    }
  }

  /// Entries in the order in which they came; of those with one key the last counts.
  init(lastWins new: [Entry]) {
    var duplicate: String?
    self.init(unordered: new, duplicate: &duplicate)
    if duplicate == nil { return }
    let places = new.indices.sorted { left, right in
      Self.precedes(new[left].key, new[right].key)
        || (left < right && !Self.precedes(new[right].key, new[left].key))
    }
    entries.removeAll(keepingCapacity: true)
    for place in places {
      if let last = entries.last, Self.isSame(last.key, new[place].key) { entries.removeLast() }
      entries.append(new[place])
    }
  }

  public subscript(key: String) -> Value? {
    get {
      let (place, isThere) = find(key)
      return isThere ? entries[place].value : nil
    }
    set {
      let (place, isThere) = find(key)
      switch (newValue, isThere) {
      case (let value?, true): entries[place].value = value
      case (let value?, false): entries.insert(Entry(key: key, value: value), at: place)
      case (nil, true): entries.remove(at: place)
      case (nil, false): break
      }
    }
  }

  public var count: Int { entries.count }
  public var isEmpty: Bool { entries.isEmpty }
  public var keys: [String] { entries.map(\.key) }
  public var dictionary: [String: Value] { Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first } }

  private func find(_ key: String) -> (place: Int, isThere: Bool) {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if Self.precedes(entries[middle].key, key) { low = middle + 1 } else { high = middle }
    }
    return (low, low < entries.count && Self.isSame(entries[low].key, key))
  }

  private static func precedes(_ left: String, _ right: String) -> Bool {
    var left = left
    var right = right
    return left.withUTF8 { left in
      right.withUTF8 { right in
        var place = 0
        while place < left.count, place < right.count {
          if left[place] != right[place] { return left[place] < right[place] }
          place &+= 1
        }
        return left.count < right.count
      }
    }
  }

  private static func isSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

  func mapValues<Other>(_ transform: (Value) -> Other) -> StringMap<Other> {
    var other = StringMap<Other>()
    other.entries = entries.map { StringMap<Other>.Entry(key: $0.key, value: transform($0.value)) }
    return other
  }
}

extension StringMap: Sequence {
  public struct Iterator: IteratorProtocol {
    var entries: IndexingIterator<[Entry]>

    public mutating func next() -> (key: String, value: Value)? { entries.next().map { ($0.key, $0.value) } }
  }

  public func makeIterator() -> Iterator { Iterator(entries: entries.makeIterator()) }
}

extension StringMap: ExpressibleByDictionaryLiteral {
  /// A key that is given twice has its last value.
  public init(dictionaryLiteral elements: (String, Value)...) {
    for (key, value) in elements { self[key] = value }
  }
}

extension StringMap: CustomStringConvertible {
  public var description: String { "[" + entries.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "]" }
}
