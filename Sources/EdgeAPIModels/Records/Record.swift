import EdgeJSON

/// The members of one value of the API, in the form that all encodings read and write.
///
/// A member that is absent takes no place, null is a value of its own, and what the type does not know is kept beside the
/// members: so a record says again exactly what it was read from. The typed models are views of records; a
/// ``SchemaObject`` is a record with its type. Which member an index means is the type's business (``TypeLayout``).
public struct Record: @unchecked Sendable {
  struct Entry: Sendable, Hashable {
    var value: Slot
    /// The index of the member in its type.
    let index: UInt8
  }

  // Sound: storage that is referenced more than once is never written.
  private var storage: RecordStorage?

  public init() { storage = nil }

  /// Takes what `stack` holds above `mark`, in ascending order of the indices.
  init(popping stack: inout EntryStack<Entry>, to mark: Int, unknown: UnknownFields?) {
    if stack.count == mark, unknown == nil {
      storage = nil
      return
    }
    let count = stack.count - mark
    let new = RecordStorage.make(count: count, unknown: unknown.map { Extra($0) })
    new.withUnsafeMutablePointerToElements { stack.move(to: $0, from: mark) }
    storage = new
  }

  /// - Parameter entries: in ascending order of the indices, each once.
  init(_ entries: [Entry], unknown: [UInt8]) {
    var stack = EntryStack<Entry>(capacity: max(entries.count, 1))
    for entry in entries { stack.push(entry) }
    var fields: UnknownFields?
    if !unknown.isEmpty {
      fields = UnknownFields()
      fields?.protobuf = unknown
    }
    self.init(popping: &stack, to: 0, unknown: fields)
  }

  final class Extra: Sendable {
    let unknown: UnknownFields
    init(_ unknown: UnknownFields) { self.unknown = unknown }
  }

  // Through a pointer: access to a class's property is checked for exclusivity while the program runs.
  private var extra: Extra? { storage?.withUnsafeMutablePointerToHeader { $0.pointee.extra } }

  public var unknownFields: UnknownFields {
    get { extra?.unknown ?? UnknownFields() }
    set {
      let extra = newValue == UnknownFields() ? nil : Extra(newValue)
      if extra == nil, storage == nil { return }
      let new = RecordStorage.make(count: count, unknown: extra)
      copyEntries(0..<count, to: new, at: 0)
      storage = new
    }
  }

  var hasUnknownFields: Bool { storage?.withUnsafeMutablePointerToHeader { $0.pointee.extra != nil } ?? false }

  /// Whether nothing is said, not even null.
  public var isEmpty: Bool { storage == nil || (count == 0 && extra == nil) }

  var count: Int { storage?.withUnsafeMutablePointerToHeader { $0.pointee.count } ?? 0 }

  /// Calls `body` with the entries in the order of their indices.
  @inline(__always)
  func withEntries<Result>(_ body: (UnsafeBufferPointer<Entry>) -> Result) -> Result {
    guard let storage else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
    return storage.withUnsafeMutablePointers { header, entries in
      body(UnsafeBufferPointer(start: entries, count: header.pointee.count))
    }
  }

  /// The place of a member, or where it belongs.
  @inline(__always)
  private func find(_ index: Int) -> (place: Int, isThere: Bool) {
    withEntries { entries in
      var place = 0
      while place < entries.count {
        let other = Int(entries[place].index)
        if other >= index { return (place, other == index) }
        place &+= 1
      }
      return (place, false)
    }
  }

  subscript(index: Int) -> Slot? {
    get {
      let (place, isThere) = find(index)
      return isThere ? withEntries { $0[place].value } : nil
    }
    set {
      let (place, isThere) = find(index)
      if let newValue {
        if isThere, isKnownUniquelyReferenced(&storage) {
          storage?.withUnsafeMutablePointerToElements { $0[place].value = newValue }
        } else {
          replace(place..<(place + (isThere ? 1 : 0)), with: Entry(value: newValue, index: UInt8(index)))
        }
      } else if isThere {
        replace(place..<(place + 1), with: nil)
      }
    }
  }

  private mutating func replace(_ range: Range<Int>, with entry: Entry?) {
    let inserted = entry == nil ? 0 : 1
    let new = RecordStorage.make(count: count - range.count + inserted, unknown: extra)
    copyEntries(0..<range.lowerBound, to: new, at: 0)
    if let entry { new.withUnsafeMutablePointerToElements { ($0 + range.lowerBound).initialize(to: entry) } }
    copyEntries(range.upperBound..<count, to: new, at: range.lowerBound + inserted)
    storage = new
  }

  private func copyEntries(_ range: Range<Int>, to new: RecordStorage, at place: Int) {
    withEntries { entries in
      new.withUnsafeMutablePointerToElements { target in
        for offset in 0..<range.count {
          (target + place + offset).initialize(to: entries[range.lowerBound + offset])
        }
      }
    }
  }
}

struct RecordHeader {
  let count: Int
  let extra: Record.Extra?
}

/// The entries of a record, in one allocation. The first `count` elements are initialized before anybody else sees it.
final class RecordStorage: ManagedBuffer<RecordHeader, Record.Entry> {
  static func make(count: Int, unknown: Record.Extra?) -> RecordStorage {
    // Sound: `create` makes an instance of the class it is called on.
    unsafeDowncast(
      create(minimumCapacity: count) { _ in RecordHeader(count: count, extra: unknown) }, to: RecordStorage.self)
  }

  deinit {
    withUnsafeMutablePointers { header, entries in
      // One by one: the runtime's loop over an array goes through the witnesses of the type, which takes twice as long.
      for place in 0..<header.pointee.count { (entries + place).deinitialize(count: 1) }
    }
  }
}

// Null does not count: Kubernetes reads it as absence, and an object that says `creationTimestamp: null`, as Go's encoder
// does, is no other than the one that does not.
extension Record: Hashable {
  public static func == (left: Record, right: Record) -> Bool {
    left.told { mine in
      right.told { other in
        mine.elementsEqual(other) && (left.extra === right.extra || left.unknownFields == right.unknownFields)
      }
    }
  }

  private func told<Result>(_ body: (LazyFilterSequence<UnsafeBufferPointer<Entry>>) -> Result) -> Result {
    withEntries { body($0.lazy.filter { !$0.value.isNull }) }
  }

  public func hash(into hasher: inout Hasher) {
    told { for entry in $0 { hasher.combine(entry) } }
    hasher.combine(unknownFields)
  }
}
