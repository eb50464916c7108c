import EdgeJSON

/// The members of one value of the API, in the form that all encodings read and write.
///
/// A member that is absent takes no place, null is a value of its own, and what the type does not know is kept beside the
/// members: so a record says again exactly what it was read from. The typed models are views of records; a
/// ``SchemaObject`` is a record with its type. Which member an index means is the type's business (``TypeLayout``).
public struct Record: Sendable {
  struct Entry: Sendable, Hashable {
    var value: Slot
    /// The index of the member in its type.
    let index: UInt8
  }

  /// In ascending order of their indices.
  var entries: [Entry]
  /// What the type does not know; nil for most.
  private var extra: Extra?

  final class Extra: Sendable {
    let unknown: UnknownFields
    init(_ unknown: UnknownFields) { self.unknown = unknown }
  }

  public init() {
    entries = []
    extra = nil
  }

  init(entries: [Entry], unknown: UnknownFields?) {
    self.entries = entries
    extra = unknown.map { Extra($0) }
  }

  public var unknownFields: UnknownFields {
    get { extra?.unknown ?? UnknownFields() }
    set { extra = newValue == UnknownFields() ? nil : Extra(newValue) }
  }

  var hasUnknownFields: Bool { extra != nil }

  /// Whether nothing is said, not even null.
  public var isEmpty: Bool { entries.isEmpty && extra == nil }

  /// The place of a member, or where it belongs.
  @inline(__always)
  private func find(_ index: Int) -> (place: Int, isThere: Bool) {
    var place = 0
    while place < entries.count {
      let other = Int(entries[place].index)
      if other >= index { return (place, other == index) }
      place &+= 1
    }
    return (place, false)
  }

  subscript(index: Int) -> Slot? {
    get {
      let (place, isThere) = find(index)
      return isThere ? entries[place].value : nil
    }
    set {
      let (place, isThere) = find(index)
      switch (newValue, isThere) {
      case (let value?, true): entries[place].value = value
      case (let value?, false): entries.insert(Entry(value: value, index: UInt8(index)), at: place)
      case (nil, true): entries.remove(at: place)
      case (nil, false): break
      }
    }
  }
}

// Null does not count: Kubernetes reads it as absence, and an object that says `creationTimestamp: null`, as Go's encoder
// does, is no other than the one that does not.
extension Record: Hashable {
  public static func == (left: Record, right: Record) -> Bool {
    if left.extra !== right.extra, left.unknownFields != right.unknownFields { return false }
    var mine = left.entries.makeIterator()
    var other = right.entries.makeIterator()
    func next(_ entries: inout IndexingIterator<[Entry]>) -> Entry? {
      while let entry = entries.next() { if !entry.value.isNull { return entry } }
      return nil
    }
    while true {
      let (a, b) = (next(&mine), next(&other))
      guard let a, let b else { return a == nil && b == nil }
      if a != b { return false }
    }
  }

  public func hash(into hasher: inout Hasher) {
    for entry in entries where !entry.value.isNull { hasher.combine(entry) }
    hasher.combine(unknownFields)
  }
}
