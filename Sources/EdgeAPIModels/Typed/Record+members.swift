import EdgeJSON

/// How a member's Swift type and its slot become one another. A slot of another form reads as nil, which only a schema
/// that differs from the generated code could make.
public protocol MemberValue: Sendable, Hashable {
  static func value(in slot: MemberSlot) -> Self?
  var slot: MemberSlot { get }
}

/// The value of a member, seen from outside of this module: opaque.
public struct MemberSlot: Sendable {
  let slot: Slot
}

extension Record {
  // Called by the generated code. None of it is generic where that can be avoided, so that the models stay small.

  package subscript(string index: Int) -> String? {
    get { if case .string(let text)? = self[index] { text } else { nil } }
    set { self[index] = newValue.map { .string($0) } }
  }

  package subscript(bool index: Int) -> Bool? {
    get { if case .bool(let flag)? = self[index] { flag } else { nil } }
    set { self[index] = newValue.map { .bool($0) } }
  }

  package subscript(int32 index: Int) -> Int32? {
    get { if case .integer(let value)? = self[index] { Int32(truncatingIfNeeded: value) } else { nil } }
    set { self[index] = newValue.map { .integer(Int64($0)) } }
  }

  package subscript(int64 index: Int) -> Int64? {
    get { if case .integer(let value)? = self[index] { value } else { nil } }
    set { self[index] = newValue.map { .integer($0) } }
  }

  package subscript(uint32 index: Int) -> UInt32? {
    get { if case .integer(let value)? = self[index] { UInt32(truncatingIfNeeded: value) } else { nil } }
    set { self[index] = newValue.map { .integer(Int64($0)) } }
  }

  package subscript(double index: Int) -> Double? {
    get { if case .double(let value)? = self[index] { value } else { nil } }
    set { self[index] = newValue.map { .double($0) } }
  }

  package subscript(bytes index: Int) -> [UInt8]? {
    get { if case .bytes(let bytes)? = self[index] { bytes } else { nil } }
    set { self[index] = newValue.map { .bytes($0) } }
  }

  package subscript(quantity index: Int) -> Quantity? {
    get { if case .quantity(let quantity)? = self[index] { quantity } else { nil } }
    set { self[index] = newValue.map { .quantity($0) } }
  }

  package subscript(time index: Int) -> MetaTime? {
    get { if case .time(let time)? = self[index] { time } else { nil } }
    set { self[index] = newValue.map { .time($0) } }
  }

  package subscript(microTime index: Int) -> MicroTime? {
    get { self[time: index].map { MicroTime(seconds: $0.seconds, nanoseconds: $0.nanoseconds) } }
    set { self[time: index] = newValue.map { MetaTime(seconds: $0.seconds, nanoseconds: $0.nanoseconds) } }
  }

  package subscript(duration index: Int) -> GoDuration? {
    get { self[int64: index].map { GoDuration(nanoseconds: $0) } }
    set { self[int64: index] = newValue?.nanoseconds }
  }

  package subscript(intOrString index: Int) -> IntOrString? {
    get {
      switch self[index] {
      case .integer(let value): .int(Int32(truncatingIfNeeded: value))
      case .string(let text): .string(text)
      default: nil
      }
    }
    set {
      switch newValue {
      case .int(let value): self[index] = .integer(Int64(value))
      case .string(let text): self[index] = .string(text)
      case nil: self[index] = nil
      }
    }
  }

  package subscript(raw index: Int) -> RawJSON? {
    get { if case .raw(let raw)? = self[index] { RawJSON(bytes: raw.bytes) } else { nil } }
    set { self[index] = newValue.map { .raw(RawText(foreign: $0.bytes)) } }
  }

  package subscript(json index: Int) -> JSONValue? {
    get { if case .json(let value)? = self[index] { value } else { nil } }
    set { self[index] = newValue.map { .json($0) } }
  }

  package subscript(strings index: Int) -> [String]? {
    get { if case .strings(let strings)? = self[index] { strings } else { nil } }
    set { self[index] = newValue.map { .strings($0) } }
  }

  package subscript(stringMap index: Int) -> StringMap<String>? {
    get { if case .stringMap(let map)? = self[index] { map } else { nil } }
    set { self[index] = newValue.map { .stringMap($0) } }
  }

  package subscript(quantityMap index: Int) -> StringMap<Quantity>? {
    get { if case .quantityMap(let map)? = self[index] { map } else { nil } }
    set { self[index] = newValue.map { .quantityMap($0) } }
  }

  package subscript(record index: Int) -> Record? {
    get { if case .record(let record)? = self[index] { record } else { nil } }
    set { self[index] = newValue.map { .record($0) } }
  }

  package subscript<Part: APIStruct>(parts index: Int) -> [Part]? {
    get { if case .records(let records)? = self[index] { records.map { Part(record: $0) } } else { nil } }
    set { self[index] = newValue.map { .records($0.map(\.record)) } }
  }

  package subscript<Value: MemberValue>(list index: Int) -> [Value]? {
    get {
      guard case .list(let slots)? = self[index] else { return nil }
      return slots.compactMap { Value.value(in: MemberSlot(slot: $0)) }
    }
    set { self[index] = newValue.map { .list($0.map(\.slot.slot)) } }
  }

  package subscript<Value: MemberValue>(map index: Int) -> StringMap<Value>? {
    get {
      guard case .map(let map)? = self[index] else { return nil }
      var values = StringMap<Value>()
      for (key, slot) in map { values[key] = Value.value(in: MemberSlot(slot: slot)) }
      return values
    }
    set { self[index] = newValue.map { .map($0.mapValues(\.slot.slot)) } }
  }
}

extension APIStruct {
  public static func value(in slot: MemberSlot) -> Self? {
    if case .record(let record) = slot.slot { Self(record: record) } else { nil }
  }
  public var slot: MemberSlot { MemberSlot(slot: .record(record)) }
}

extension Int32: MemberValue {
  public static func value(in slot: MemberSlot) -> Int32? {
    if case .integer(let value) = slot.slot { Int32(truncatingIfNeeded: value) } else { nil }
  }
  public var slot: MemberSlot { MemberSlot(slot: .integer(Int64(self))) }
}

extension Int64: MemberValue {
  public static func value(in slot: MemberSlot) -> Int64? {
    if case .integer(let value) = slot.slot { value } else { nil }
  }
  public var slot: MemberSlot { MemberSlot(slot: .integer(self)) }
}

extension String: MemberValue {
  public static func value(in slot: MemberSlot) -> String? {
    if case .string(let text) = slot.slot { text } else { nil }
  }
  public var slot: MemberSlot { MemberSlot(slot: .string(self)) }
}

/// What may be the element of an array that is one value: bytes, and texts as values of a map.
public protocol MemberArrayElement: Sendable, Hashable {
  static func array(in slot: MemberSlot) -> [Self]?
  static func slot(of array: [Self]) -> MemberSlot
}

extension Array: MemberValue where Element: MemberArrayElement {
  public static func value(in slot: MemberSlot) -> [Element]? { Element.array(in: slot) }
  public var slot: MemberSlot { Element.slot(of: self) }
}

extension UInt8: MemberArrayElement {
  public static func array(in slot: MemberSlot) -> [UInt8]? {
    if case .bytes(let bytes) = slot.slot { bytes } else { nil }
  }
  public static func slot(of array: [UInt8]) -> MemberSlot { MemberSlot(slot: .bytes(array)) }
}

extension String: MemberArrayElement {
  public static func array(in slot: MemberSlot) -> [String]? {
    if case .strings(let strings) = slot.slot { strings } else { nil }
  }
  public static func slot(of array: [String]) -> MemberSlot { MemberSlot(slot: .strings(array)) }
}

extension Bool: MemberValue {
  public static func value(in slot: MemberSlot) -> Bool? {
    if case .bool(let flag) = slot.slot { flag } else { nil }
  }
  public var slot: MemberSlot { MemberSlot(slot: .bool(self)) }
}

extension MetaTime: MemberValue {
  public static func value(in slot: MemberSlot) -> MetaTime? {
    if case .time(let time) = slot.slot { time } else { nil }
  }
  public var slot: MemberSlot { MemberSlot(slot: .time(self)) }
}

extension RawJSON: MemberValue {
  public static func value(in slot: MemberSlot) -> RawJSON? {
    if case .raw(let raw) = slot.slot { RawJSON(bytes: raw.bytes) } else { nil }
  }
  public var slot: MemberSlot { MemberSlot(slot: .raw(RawText(foreign: bytes))) }
}

extension JSONValue: MemberValue {
  public static func value(in slot: MemberSlot) -> JSONValue? {
    if case .json(let value) = slot.slot { value } else { nil }
  }
  public var slot: MemberSlot { MemberSlot(slot: .json(self)) }
}
