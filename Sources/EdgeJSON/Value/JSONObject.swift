/// The members of a JSON object in the order in which they were first set.
///
/// Small objects are searched from front to back. From ``indexThreshold`` members on, a hash index is kept, and a removal
/// leaves a hole that is swept when half of the places are holes: every operation takes amortised constant time, so that
/// an object with 100 000 hostile keys costs no more than its length. Keys are compared byte by byte; equality ignores
/// the order.
public struct JSONObject: Sendable {
  struct Slot: Sendable {
    var key: String
    /// nil marks a hole; only indexed objects have holes.
    var value: JSONValue?
  }

  struct IndexKey: Hashable, Sendable {
    let text: String
    init(_ text: String) { self.text = text }
    static func == (left: IndexKey, right: IndexKey) -> Bool { sameBytes(left.text, right.text) }
    // Strings of equal bytes have equal hashes; canonically equal ones merely collide.
    func hash(into hasher: inout Hasher) { hasher.combine(text) }
  }

  static let indexThreshold = 16

  private(set) var slots: [Slot] = []
  /// Places of the live members; empty as long as the object is small.
  private var index: [IndexKey: Int] = [:]

  public init() {}

  /// Takes the pairs in order; a key that occurs twice keeps its first place and its last value.
  public init(_ members: some Sequence<(String, JSONValue)>) {
    for (key, value) in members { self[key] = value }
  }

  public var count: Int { index.isEmpty ? slots.count : index.count }
  public var isEmpty: Bool { count == 0 }
  /// The keys in insertion order; takes time linear in ``count``.
  public var keys: [String] { map(\.key) }

  /// A member; setting nil removes it, setting another value keeps its place.
  public subscript(key: String) -> JSONValue? {
    get { place(of: key).flatMap { slots[$0].value } }
    set {
      if let place = place(of: key) {
        if let newValue { slots[place].value = newValue } else { remove(key, at: place) }
      } else if let newValue {
        append(key, newValue)
      }
    }
  }

  public func contains(key: String) -> Bool { place(of: key) != nil }

  /// Adds a member unless the key is taken. Returns whether it was added.
  public mutating func insert(_ key: String, _ value: JSONValue) -> Bool {
    if place(of: key) != nil { return false }
    append(key, value)
    return true
  }

  /// Changes the value of a member where it stands, so that no copy of it is made.
  /// - Returns: nil when there is no such member; `change` is not called then.
  public mutating func modify<Result, Failure: Error>(
    _ key: String, _ change: (inout JSONValue) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard let place = place(of: key), var value = slots[place].value else { return nil }
    // Only one reference may be left for the change to be made in place. A null, as nil would be a hole.
    slots[place].value = .null
    defer { slots[place].value = value }
    return try change(&value)
  }

  public mutating func reserveCapacity(_ capacity: Int) { slots.reserveCapacity(capacity) }

  private func place(of key: String) -> Int? {
    if !index.isEmpty { return index[IndexKey(key)] }
    for place in slots.indices where slots[place].key == key {
      // Of the keys that `==` calls equal, it may be another one that has these bytes.
      if Self.haveSameBytes(slots[place].key, key) { return place }
    }
    return nil
  }

  /// Compares the storage of two strings; a walk through their UTF-8 views takes several times as long.
  private static func haveSameBytes(_ left: String, _ right: String) -> Bool {
    let isSame = left.utf8.withContiguousStorageIfAvailable { leftBytes in
      right.utf8.withContiguousStorageIfAvailable { leftBytes.count == $0.count && leftBytes.elementsEqual($0) }
    }
    return (isSame ?? nil) ?? sameBytes(left, right)
  }

  private mutating func append(_ key: String, _ value: JSONValue) {
    slots.append(Slot(key: key, value: value))
    if !index.isEmpty {
      index[IndexKey(key)] = slots.count - 1
    } else if slots.count >= Self.indexThreshold {
      rebuildIndex()
    }
  }

  private mutating func remove(_ key: String, at place: Int) {
    if index.isEmpty {
      slots.remove(at: place)
      return
    }
    index[IndexKey(key)] = nil
    slots[place].value = nil
    if slots.count > 2 * index.count {
      slots.removeAll { $0.value == nil }
      index.removeAll()
      if slots.count >= Self.indexThreshold { rebuildIndex() }
    }
  }

  private mutating func rebuildIndex() {
    index.reserveCapacity(2 * slots.count)
    for place in slots.indices { index[IndexKey(slots[place].key)] = place }
  }
}

extension JSONObject: Sequence {
  public struct Iterator: IteratorProtocol {
    fileprivate var slots: IndexingIterator<[Slot]>

    public mutating func next() -> (key: String, value: JSONValue)? {
      while let slot = slots.next() {
        if let value = slot.value { return (slot.key, value) }
      }
      return nil
    }
  }

  public func makeIterator() -> Iterator { Iterator(slots: slots.makeIterator()) }
  public var underestimatedCount: Int { count }
}

extension JSONObject: Hashable {
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    guard left.count == right.count else { return false }
    // Objects that come from the same writer agree in order, which needs no look-ups.
    let sameOrder = left.slots.count == right.slots.count
    for (place, slot) in left.slots.enumerated() {
      guard let value = slot.value else { continue }
      if sameOrder, sameBytes(right.slots[place].key, slot.key), let other = right.slots[place].value {
        if other != value { return false }
      } else if right[slot.key] != value {
        return false
      }
    }
    return true
  }

  public func hash(into hasher: inout Hasher) {
    // A sum does not depend on the order of the members.
    var sum = 0
    for (key, value) in self {
      var member = Hasher()
      member.combine(key)
      member.combine(value)
      sum &+= member.finalize()
    }
    hasher.combine(count)
    hasher.combine(sum)
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral, CustomStringConvertible {
  public typealias Key = String
  public typealias Value = JSONValue

  /// A key that is given twice keeps its first place and its last value.
  public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }

  public var description: String { JSONValue.object(self).text }
}
