import EdgeJSON
import EdgeProtobuf

/// Reads records from protobuf, field by field as their types say. Fields that a type does not know are kept.
///
/// A record says what Go's JSON encoder would say of the same object: fields that protobuf always writes are absent when
/// they are zero and `omitempty`, and null when Go writes null.
struct ProtobufRecordReader: ~Copyable {
  private var cursor: ProtobufCursor
  private var stack = EntryStack<Record.Entry>(capacity: 64)
  /// Records and entries of maps that are open.
  private var depth = 0
  private var path: [String] = []

  private init(_ cursor: ProtobufCursor) { self.cursor = cursor }

  /// - Parameter bytes: the message, without an envelope.
  static func read(
    _ bytes: UnsafeBufferPointer<UInt8>, as layout: LayoutPointer
  ) throws(ObjectError) -> Record {
    var reader = ProtobufRecordReader(ProtobufCursor(bytes))
    do throws(ProtobufError) {
      return try reader.readRecord(layout)
    } catch {
      let field = reader.path.isEmpty ? nil : reader.path.reversed().joined(separator: ".")
      throw ObjectError(code: .malformed, field: field, message: "invalid protobuf: \(error)", cause: error)
    }
  }

  /// The members seen of one record.
  private struct Seen {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    @inline(__always)
    mutating func insert(_ index: Int) {
      let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: index & 63)
      switch index >> 6 {
      case 0: words.0 |= bit
      case 1: words.1 |= bit
      case 2: words.2 |= bit
      default: words.3 |= bit
      }
    }

    func contains(_ index: Int) -> Bool {
      let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: index & 63)
      return switch index >> 6 {
      case 0: words.0 & bit != 0
      case 1: words.1 & bit != 0
      case 2: words.2 & bit != 0
      default: words.3 & bit != 0
      }
    }
  }

  // MARK: - Messages

  private mutating func readRecord(_ layout: LayoutPointer) throws(ProtobufError) -> Record {
    // After an error nobody reads on, so that only success needs to count down.
    depth &+= 1
    if depth > Record.maximumDepth {
      throw cursor.error(.depthExceeded, "more than \(Record.maximumDepth) nested messages")
    }
    let mark = stack.count
    var unknown: [UInt8] = []
    var seen = Seen()
    var last = -1
    var isOrdered = true
    try readFields(layout, message: 0, &unknown, &seen, &last, &isOrdered)
    for index in layout.pointee.nullable where !seen.contains(index) {
      stack.push(Record.Entry(value: .null, index: UInt8(truncatingIfNeeded: index)))
      if index > last { last = index } else if isOrdered { settle(from: mark) }
    }
    if !isOrdered { order(from: mark, of: layout) }
    var fields: UnknownFields?
    if !unknown.isEmpty {
      fields = UnknownFields()
      fields?.protobuf = unknown
    }
    depth &-= 1
    return Record(popping: &stack, to: mark, unknown: fields)
  }

  private mutating func readFields(
    _ layout: LayoutPointer, message: Int, _ unknown: inout [UInt8], _ seen: inout Seen, _ last: inout Int,
    _ isOrdered: inout Bool
  ) throws(ProtobufError) {
    while !cursor.isAtEnd {
      let start = cursor.position
      let (number, wire) = try cursor.readTag()
      switch layout.pointee.messages[message][number] {
      case .member(let index):
        // Sound: an index from the layout is inside of its members.
        let member = layout.pointee.members.baseAddress.unsafelyUnwrapped + index
        let tag = cursor.bytes[start..<cursor.position]
        do throws(ProtobufError) {
          guard let slot = try readSlot(member, wire, tag) else {
            if seen.contains(index) {
              // Undoes what came before.
              stack.push(Record.Entry(value: .null, index: UInt8(truncatingIfNeeded: index)))
              isOrdered = false
            }
            continue
          }
          stack.push(Record.Entry(value: slot, index: UInt8(truncatingIfNeeded: index)))
        } catch {
          path.append(member.pointee.field.name)
          throw error
        }
        if index <= last { isOrdered = false }
        last = index
        seen.insert(index)
      case .inlined(let inner):
        var rest: [UInt8] = []
        let outer = try cursor.enter(wire)
        try readFields(layout, message: inner, &rest, &seen, &last, &isOrdered)
        cursor.leave(outer)
        if !rest.isEmpty { ProtobufBytes.appendField(number, rest, to: &unknown) }
      case .unknown:
        try cursor.skip(wire)
        unknown.append(contentsOf: cursor.bytes[start..<cursor.position])
      }
    }
  }

  /// Moves the last entry to its place among those above `mark`, which are in order.
  private mutating func settle(from mark: Int) {
    var place = stack.count &- 1
    let index = stack[place].index
    while place > mark, stack[place &- 1].index > index {
      stack.swapAt(place, place &- 1)
      place &-= 1
    }
  }

  /// Puts the entries above `mark` in the order of their indices; members that came in parts are put together.
  @inline(never)
  private mutating func order(from mark: Int, of layout: LayoutPointer) {
    for entry in Self.joined(stack.pop(to: mark), layout) { stack.push(entry) }
  }

  /// Each member once, in the order of the indices.
  private static func joined(_ entries: [Record.Entry], _ layout: LayoutPointer) -> [Record.Entry] {
    // Stable, so that the elements of a list keep their order.
    let places = entries.indices.sorted { (entries[$0].index, $0) < (entries[$1].index, $1) }
    var whole: [Record.Entry] = []
    whole.reserveCapacity(min(entries.count, layout.pointee.members.count))
    var first = 0
    while first < places.count {
      let index = entries[places[first]].index
      var last = first
      while last + 1 < places.count, entries[places[last + 1]].index == index { last += 1 }
      if first == last {
        whole.append(entries[places[first]])
      } else if let slot = join(places[first...last].map { entries[$0].value }, layout.pointee.members[Int(index)]) {
        whole.append(Record.Entry(value: slot, index: index))
      }
      first = last + 1
    }
    return whole
  }

  /// As protobuf merges the parts of a message: lists are joined, messages merged, of everything else the last counts. All
  /// parts at once: hostile messages come in hundred thousands of them.
  ///
  /// - Returns: nil for a zero value that JSON would not say.
  private static func join(_ parts: [Slot], _ member: MemberLayout) -> Slot? {
    // In a part of a message, null is what only another part says.
    guard let told = parts.last(where: { !$0.isNull }) else { return .null }
    switch told {
    case .strings: return .strings(parts.flatMap { if case .strings(let part) = $0 { part } else { [String]() } })
    case .records: return .records(parts.flatMap { if case .records(let part) = $0 { part } else { [Record]() } })
    case .list: return .list(parts.flatMap { if case .list(let part) = $0 { part } else { [Slot]() } })
    case .stringMap:
      return .stringMap(join(parts.map { if case .stringMap(let part) = $0 { part } else { StringMap() } }))
    case .quantityMap:
      return .quantityMap(join(parts.map { if case .quantityMap(let part) = $0 { part } else { StringMap() } }))
    case .map: return .map(join(parts.map { if case .map(let part) = $0 { part } else { StringMap() } }))
    case .record:
      guard let layout = member.object else { return told }
      var entries: [Record.Entry] = []
      var unknown: [UInt8] = []
      for case .record(let part) in parts {
        part.withEntries { entries.append(contentsOf: $0) }
        if part.hasUnknownFields { unknown += part.unknownFields.protobuf }
      }
      return .record(Record(joined(entries, layout), unknown: unknown))
    case .bool, .integer, .double, .string: return parts.last.flatMap { $0.isNull ? nil : $0 }
    default: return told
    }
  }

  private static func join<Value>(_ parts: [StringMap<Value>]) -> StringMap<Value> {
    StringMap(lastWins: parts.flatMap(\.entries))
  }

  // MARK: - Fields

  /// nil for a zero value that JSON would not say.
  private mutating func readSlot(
    _ member: UnsafePointer<MemberLayout>, _ wire: WireType, _ tag: Slice<UnsafeBufferPointer<UInt8>>
  ) throws(ProtobufError) -> Slot? {
    switch member.pointee.kind {
    case .list: return try readList(member.pointee.element.unsafelyUnwrapped, wire, tag)
    case .map: return try readMap(member.pointee.element.unsafelyUnwrapped, wire, tag)
    case .string:
      let text = try cursor.readString(wire)
      return text.isEmpty && hidesZero(member) ? nil : .string(text)
    case .bool:
      let flag = try cursor.readInteger(wire) != 0
      return !flag && hidesZero(member) ? nil : .bool(flag)
    case .int32, .int64, .uint32:
      let value = try readValue(member, wire)
      if case .integer(0) = value, hidesZero(member) { return nil }
      return value
    case .double:
      let value = try cursor.readDouble(wire)
      return value == 0 && hidesZero(member) ? nil : .double(value)
    case .time, .microTime:
      let value = try readValue(member, wire)
      return value.isNull && member.pointee.isAlwaysWritten ? nil : value
    case .raw, .json:
      let value = try readValue(member, wire)
      return value.isNull ? nil : value
    default: return try readValue(member, wire)
    }
  }

  @inline(__always)
  private func hidesZero(_ member: UnsafePointer<MemberLayout>) -> Bool {
    member.pointee.isAlwaysWritten && member.pointee.omitsEmpty
  }

  /// Any value but lists and maps.
  private mutating func readValue(
    _ member: UnsafePointer<MemberLayout>, _ wire: WireType
  ) throws(ProtobufError) -> Slot {
    switch member.pointee.kind {
    case .string: return .string(try cursor.readString(wire))
    case .bool: return .bool(try cursor.readInteger(wire) != 0)
    case .int32: return .integer(Int64(Int32(truncatingIfNeeded: try cursor.readInteger(wire))))
    case .uint32: return .integer(Int64(UInt32(truncatingIfNeeded: try cursor.readInteger(wire))))
    case .int64: return .integer(Int64(bitPattern: try cursor.readInteger(wire)))
    case .double: return .double(try cursor.readDouble(wire))
    case .bytes: return .bytes(try cursor.readBytes(wire))
    case .object:
      let outer = try cursor.enter(wire)
      // Sound: members of this kind have a type, see `LayoutBuilder.shape`.
      let record = try readRecord(member.pointee.object.unsafelyUnwrapped)
      cursor.leave(outer)
      return .record(record)
    case .quantity: return .quantity(try readQuantity(wire))
    case .time: return try readTime(wire, unit: 1_000_000_000)
    case .microTime: return try readTime(wire, unit: 1_000)
    case .duration: return .integer(try readIntegerMessage(wire))
    case .intOrString: return try readIntOrString(wire)
    case .raw:
      let bytes = try readBytesMessage(wire)
      return bytes.isEmpty ? .null : .raw(RawText(foreign: bytes))
    case .json:
      let bytes = try readBytesMessage(wire)
      if bytes.isEmpty { return .null }
      guard let value = try? JSONValue(parsing: bytes, limits: RawText.limits) else {
        throw cursor.error(.invalidValue, "not JSON")
      }
      return .json(value)
    case .strings:
      var strings: [String] = []
      try readMessage(wire) { (reader, number, wire) throws(ProtobufError) in
        guard number == 1 else { return try reader.cursor.skip(wire) }
        strings.append(try reader.cursor.readString(wire))
      }
      return .strings(strings)
    case .list, .map: throw cursor.error(.invalidValue, "a list inside of a list has no form in protobuf")
    }
  }

  private mutating func readMessage(
    _ wire: WireType, _ body: (inout ProtobufRecordReader, Int, WireType) throws(ProtobufError) -> Void
  ) throws(ProtobufError) {
    let outer = try cursor.enter(wire)
    while !cursor.isAtEnd {
      let (number, wire) = try cursor.readTag()
      try body(&self, number, wire)
    }
    cursor.leave(outer)
  }

  private mutating func readQuantity(_ wire: WireType) throws(ProtobufError) -> Quantity {
    var quantity: Quantity?
    try readMessage(wire) { (reader, number, wire) throws(ProtobufError) in
      guard number == 1 else { return try reader.cursor.skip(wire) }
      let range = try reader.cursor.readDelimited(wire)
      quantity = try? Quantity(parsing: UnsafeBufferPointer(rebasing: reader.cursor.bytes[range]))
      if quantity == nil { throw reader.cursor.error(.invalidValue, "not a quantity") }
    }
    return quantity ?? Quantity()
  }

  /// No seconds and no nanoseconds are the zero time.
  ///
  /// - Parameter unit: of the nanoseconds that are written; what is less than that is not read either, as the same object
  ///   would be another one otherwise when it is read again.
  private mutating func readTime(_ wire: WireType, unit: Int32) throws(ProtobufError) -> Slot {
    var seconds: Int64 = 0
    var nanoseconds: Int32 = 0
    try readMessage(wire) { (reader, number, wire) throws(ProtobufError) in
      switch number {
      case 1: seconds = Int64(bitPattern: try reader.cursor.readInteger(wire))
      case 2: nanoseconds = Int32(truncatingIfNeeded: try reader.cursor.readInteger(wire))
      default: try reader.cursor.skip(wire)
      }
    }
    let exact = MetaTime(seconds: seconds, nanoseconds: nanoseconds)
    let time = MetaTime(seconds: exact.seconds, nanoseconds: exact.nanoseconds / unit * unit)
    guard time.hasFourDigitYear else { throw cursor.error(.invalidValue, "not a time of the years 0 to 9999") }
    return time.isZero || time == MetaTime(seconds: 0) ? .null : .time(time)
  }

  private mutating func readIntegerMessage(_ wire: WireType) throws(ProtobufError) -> Int64 {
    var value: Int64 = 0
    try readMessage(wire) { (reader, number, wire) throws(ProtobufError) in
      guard number == 1 else { return try reader.cursor.skip(wire) }
      value = Int64(bitPattern: try reader.cursor.readInteger(wire))
    }
    return value
  }

  private mutating func readBytesMessage(_ wire: WireType) throws(ProtobufError) -> [UInt8] {
    var bytes: [UInt8] = []
    try readMessage(wire) { (reader, number, wire) throws(ProtobufError) in
      guard number == 1 else { return try reader.cursor.skip(wire) }
      bytes = try reader.cursor.readBytes(wire)
    }
    return bytes
  }

  private mutating func readIntOrString(_ wire: WireType) throws(ProtobufError) -> Slot {
    var isString = false
    var number: Int64 = 0
    var text = ""
    try readMessage(wire) { (reader, field, wire) throws(ProtobufError) in
      switch field {
      case 1: isString = try reader.cursor.readInteger(wire) != 0
      case 2: number = Int64(Int32(truncatingIfNeeded: try reader.cursor.readInteger(wire)))
      case 3: text = try reader.cursor.readString(wire)
      default: try reader.cursor.skip(wire)
      }
    }
    return isString ? .string(text) : .integer(number)
  }

  // MARK: - Repeated fields

  /// Whether the same field comes once more; its tag is read then. Elements of a list mostly stand together, so a list is
  /// read in one go.
  @inline(__always)
  private mutating func isNext(_ tag: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    let length = tag.count
    guard cursor.end &- cursor.position >= length else { return false }
    for offset in 0..<length where cursor.bytes[cursor.position &+ offset] != tag[tag.startIndex &+ offset] {
      return false
    }
    cursor.position &+= length
    return true
  }

  private mutating func readList(
    _ element: UnsafePointer<MemberLayout>, _ wire: WireType, _ tag: Slice<UnsafeBufferPointer<UInt8>>
  ) throws(ProtobufError) -> Slot {
    switch element.pointee.kind {
    case .string:
      var strings: [String] = []
      repeat { strings.append(try cursor.readString(wire)) } while isNext(tag)
      return .strings(strings)
    case .object:
      let layout = element.pointee.object.unsafelyUnwrapped
      var records: [Record] = []
      repeat {
        let outer = try cursor.enter(wire)
        records.append(try readRecord(layout))
        cursor.leave(outer)
      } while isNext(tag)
      return .records(records)
    case .bool, .int32, .int64, .uint32:
      var slots: [Slot] = []
      repeat {
        guard wire == .lengthDelimited else {
          slots.append(try readValue(element, wire))
          continue
        }
        // Packed.
        let outer = try cursor.enter(wire)
        while !cursor.isAtEnd { slots.append(try readValue(element, .varint)) }
        cursor.leave(outer)
      } while isNext(tag)
      return .list(slots)
    default:
      var slots: [Slot] = []
      repeat { slots.append(try readValue(element, wire)) } while isNext(tag)
      return .list(slots)
    }
  }

  private mutating func readMap(
    _ element: UnsafePointer<MemberLayout>, _ wire: WireType, _ tag: Slice<UnsafeBufferPointer<UInt8>>
  ) throws(ProtobufError) -> Slot {
    switch element.pointee.kind {
    case .string:
      return .stringMap(
        try readEntries(wire, tag, missing: "") { (reader, wire) throws(ProtobufError) in
          try reader.cursor.readString(wire)
        })
    case .quantity:
      return .quantityMap(
        try readEntries(wire, tag, missing: Quantity()) { (reader, wire) throws(ProtobufError) in
          try reader.readQuantity(wire)
        })
    default:
      return .map(
        try readEntries(wire, tag, missing: Self.zero(of: element.pointee.kind)) {
          (reader, wire) throws(ProtobufError) in try reader.readValue(element, wire)
        })
    }
  }

  @inline(__always)
  private mutating func readEntries<Value>(
    _ wire: WireType, _ tag: Slice<UnsafeBufferPointer<UInt8>>, missing: Value,
    _ body: (inout ProtobufRecordReader, WireType) throws(ProtobufError) -> Value
  ) throws(ProtobufError) -> StringMap<Value> {
    var entries: [StringMap<Value>.Entry] = []
    depth &+= 1
    repeat {
      var key = ""
      var value = missing
      try readMessage(wire) { (reader, number, wire) throws(ProtobufError) in
        switch number {
        case 1: key = try reader.cursor.readString(wire)
        case 2: value = try body(&reader, wire)
        default: try reader.cursor.skip(wire)
        }
      }
      entries.append(StringMap.Entry(key: key, value: value))
    } while isNext(tag)
    depth &-= 1
    return StringMap(lastWins: entries)
  }

  /// What an entry of a map says that has a key only.
  private static func zero(of kind: MemberLayout.Kind) -> Slot {
    switch kind {
    case .string: .string("")
    case .bool: .bool(false)
    case .int32, .int64, .uint32, .duration, .intOrString: .integer(0)
    case .double: .double(0)
    case .bytes: .bytes([])
    case .quantity: .quantity(Quantity())
    case .strings: .strings([])
    case .object: .record(Record())
    case .time, .microTime, .raw, .json, .list, .map: .null
    }
  }
}
