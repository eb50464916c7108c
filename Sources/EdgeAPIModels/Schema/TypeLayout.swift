import EdgeJSON

/// How the values of one type lie in a ``Record`` and on the wire; made from its schema, once, and kept for good.
///
/// Layouts are reached millions of times a second, so they live in memory that is never changed and never freed, and are
/// pointed to rather than counted.
struct TypeLayout {
  /// `core/v1.PodSpec`
  let name: String
  /// What objects of this type say of themselves; nil for parts of objects.
  let gvk: GroupVersionKind?
  /// In the order of their protobuf numbers, then those that only JSON has. Members of inlined types stand among the
  /// type's own.
  let members: UnsafeBufferPointer<MemberLayout>
  /// The type's own protobuf message, and those of inlined types. An index into ``Message/entries`` is a field number.
  let messages: UnsafeBufferPointer<Message>
  /// Open addressing: one more than the index of a name, 0 for an empty place. At most half full.
  let slots: UnsafeBufferPointer<UInt8>
  /// The member that comes first in JSON.
  let first: Int
  /// Members that Go writes as null, rather than not at all, when they are not set.
  let nullable: UnsafeBufferPointer<Int>
  /// Whether JSON gives one of the members instead of an object of them.
  let isUnion: Bool

  struct Message {
    enum Entry {
      case unknown
      case member(Int)
      /// An index into ``TypeLayout/messages``.
      case inlined(Int)
    }

    let entries: UnsafeBufferPointer<Entry>

    @inline(__always)
    subscript(number: Int) -> Entry { number < entries.count ? entries[number] : .unknown }
  }

  /// Indices are kept in a byte.
  static let maximumMembers = 250

  /// The index of a name, or -1.
  func index(of key: UnsafeBufferPointer<UInt8>) -> Int {
    if key.isEmpty { return -1 }
    let mask = slots.count &- 1
    var place = Self.hash(key) & mask
    while true {
      let slot = slots[place]
      if slot == 0 { return -1 }
      if members[Int(slot) &- 1].isNamed(key) { return Int(slot) &- 1 }
      place = (place &+ 1) & mask
    }
  }

  func index(of name: String) -> Int? {
    var name = name
    let found = name.withUTF8 { bytes in index(of: bytes) }
    return found < 0 ? nil : found
  }

  @inline(__always)
  static func hash(_ key: UnsafeBufferPointer<UInt8>) -> Int {
    let count = key.count
    return Int(key[0]) &* 31 &+ Int(key[count &- 1]) &* 7 &+ Int(key[count / 2]) &* 131 &+ count &* 17
  }
}

typealias LayoutPointer = UnsafePointer<TypeLayout>

/// One member of a type.
struct MemberLayout {
  enum Kind: UInt8 {
    case string, bool, int32, int64, uint32, double, bytes, quantity, time, microTime, duration, intOrString
    /// Kept as JSON text: `RawExtension`, `FieldsV1`.
    case raw
    case json
    case strings
    case object
    case list
    case map
  }

  let field: FieldSchema
  let kind: Kind
  /// The elements of a list or the values of a map.
  let element: UnsafePointer<MemberLayout>?
  let object: LayoutPointer?
  /// `"name":`
  let key: UnsafeBufferPointer<UInt8>
  /// The numbers of the inlined messages around the field; empty for most.
  let outerNumbers: [Int]
  /// 0 when protobuf does not have it.
  let number: Int
  /// The tag as it is on the wire.
  let isAlwaysWritten: Bool
  let omitsEmpty: Bool
  /// The member that follows in JSON; -1 for the last.
  let successor: Int

  /// Whether `"name":` stands at `position`, as encoders write it. Compares eight bytes at a time: keys are kept with room
  /// behind them, and the caller makes sure of the text.
  @inline(__always)
  func stands(at position: Int, in bytes: UnsafeBufferPointer<UInt8>, before end: Int) -> Bool {
    let count = key.count
    guard end &- position >= count &+ 8 else { return false }
    // Sound: both loads stay inside of their buffers.
    let text = UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped + position)
    let name = UnsafeRawPointer(key.baseAddress.unsafelyUnwrapped)
    var place = 0
    while true {
      let difference =
        text.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        ^ name.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      let left = count &- place
      if left <= 8 {
        return left == 8 ? difference == 0 : UInt64(littleEndian: difference) << UInt64(64 &- 8 &* left) == 0
      }
      if difference != 0 { return false }
      place &+= 8
    }
  }

  @inline(__always)
  func isNamed(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
    let count = other.count
    guard key.count &- 3 == count else { return false }
    for place in 0..<count where key[place &+ 1] != other[place] { return false }
    return true
  }
}
