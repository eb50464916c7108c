import EdgeJSON
import EdgePrimitives

/// Reads records from JSON, member by member as their types say.
///
/// Members may come in any order; those that the type does not know are kept. A member of the wrong type, and a key that
/// comes twice, are errors.
struct JSONRecordReader: ~Copyable {
  private var cursor: JSONCursor
  private var stack = EntryStack<Record.Entry>(capacity: 64)
  /// The names around the place of an error, from the inside out.
  private var path: [String] = []

  private init(_ cursor: JSONCursor) { self.cursor = cursor }

  /// Reads one object, and nothing behind it.
  static func read(
    _ bytes: UnsafeBufferPointer<UInt8>, as layout: LayoutPointer, limits: JSONLimits
  ) throws(ObjectError) -> Record {
    if bytes.count > limits.maximumBytes {
      throw ObjectError(
        code: .malformed, message: "\(bytes.count) bytes, more than the limit of \(limits.maximumBytes)")
    }
    var reader = JSONRecordReader(JSONCursor(bytes, range: 0..<bytes.count, limits: limits))
    do throws(JSONError) {
      let record = try reader.readRecord(layout)
      try reader.cursor.finish()
      return record
    } catch {
      if error.code == .unexpectedType {
        throw ObjectError(code: .unexpectedType, field: reader.field, message: error.message, cause: error)
      }
      throw ObjectError(code: .malformed, field: reader.field, message: "invalid JSON: \(error)", cause: error)
    }
  }

  private var field: String? {
    if path.isEmpty { return nil }
    return path.reversed().reduce("") { $0.isEmpty || $1.hasPrefix("[") ? $0 + $1 : "\($0).\($1)" }
  }

  // MARK: - Objects

  private mutating func readRecord(_ layout: LayoutPointer) throws(JSONError) -> Record {
    if layout.pointee.isUnion { return try readUnion(layout) }
    guard cursor.peek() == JSONByte.openBrace else { throw cursor.unexpected("expected an object") }
    try cursor.enter()
    if cursor.consume(JSONByte.closeBrace) {
      cursor.depth &-= 1
      return Record()
    }
    let mark = stack.count
    var unknown: UnknownFields?
    var expected = layout.pointee.first
    var last = -1
    var isOrdered = true
    repeat {
      cursor.skipWhitespace()
      let start = cursor.position
      var key = 0..<0
      var hasEscapes = false
      var index = expectedMember(layout, from: expected)
      if index < 0 {
        (key, hasEscapes) = try cursor.scanString()
        try cursor.expect(JSONByte.colon)
        index =
          hasEscapes
          ? layout.pointee.index(of: cursor.string(in: key, hasEscapes: true)) ?? -1
          : layout.pointee.index(of: UnsafeBufferPointer(rebasing: cursor.bytes[key]))
      }
      if index >= 0 {
        // Sound: an index from the layout is inside of its members.
        let member = layout.pointee.members.baseAddress.unsafelyUnwrapped + index
        expected = member.pointee.successor
        if index <= last {
          isOrdered = false
          // More entries than members: one came twice. Said now, so that few are left to be put in order.
          if stack.count &- mark >= layout.pointee.members.count { throw twice(member) }
        }
        last = index
        do throws(JSONError) {
          stack.push(Record.Entry(value: try readSlot(member), index: UInt8(truncatingIfNeeded: index)))
        } catch {
          path.append(member.pointee.field.name)
          throw error
        }
      } else {
        try readUnknown(key, hasEscapes, at: start, of: layout, into: &unknown)
      }
    } while try cursor.separator(before: JSONByte.closeBrace)
    if !isOrdered { try order(from: mark, of: layout) }
    return Record(popping: &stack, to: mark, unknown: unknown)
  }

  /// Reads the key and the colon of a member that encoders would write next: of `expected`, or of one of those that follow
  /// it when it is absent. -1, with nothing read, for any other.
  @inline(__always)
  private mutating func expectedMember(_ layout: LayoutPointer, from expected: Int) -> Int {
    var candidate = expected
    for _ in 0..<6 {
      if candidate < 0 { return -1 }
      // Sound: successors are indices of members.
      let member = layout.pointee.members.baseAddress.unsafelyUnwrapped + candidate
      if member.pointee.stands(at: cursor.position, in: cursor.bytes, before: cursor.end) {
        cursor.position &+= member.pointee.key.count
        return candidate
      }
      candidate = member.pointee.successor
    }
    return -1
  }

  /// Puts the entries above `mark` in the order of their indices. They mostly are, but for a few.
  private mutating func order(from mark: Int, of layout: LayoutPointer) throws(JSONError) {
    for place in mark..<stack.count {
      var hole = place
      while hole > mark, stack[hole &- 1].index > stack[hole].index {
        stack.swapAt(hole, hole &- 1)
        hole &-= 1
      }
    }
    for place in (mark &+ 1)..<max(stack.count, mark &+ 1) where stack[place].index == stack[place &- 1].index {
      throw twice(layout.pointee.members.baseAddress.unsafelyUnwrapped + Int(stack[place].index))
    }
  }

  @inline(never)
  private func twice(_ member: UnsafePointer<MemberLayout>) -> JSONError {
    cursor.error(.duplicateKey, "duplicate key \"\(member.pointee.field.name)\"", at: cursor.position)
  }

  @inline(never)
  private mutating func readUnknown(
    _ key: Range<Int>, _ hasEscapes: Bool, at start: Int, of layout: LayoutPointer, into unknown: inout UnknownFields?
  ) throws(JSONError) {
    let key = cursor.string(in: key, hasEscapes: hasEscapes)
    var fields = unknown ?? UnknownFields()
    // Only one reference may be left, or each member would copy all that came before it.
    unknown = nil
    if let gvk = layout.pointee.gvk, key == "apiVersion" || key == "kind" {
      if key == "kind" ? fields.statesKind : fields.statesVersion {
        throw cursor.error(.duplicateKey, "duplicate key \"\(key)\"", at: start)
      }
      if key == "kind" { fields.statesKind = true } else { fields.statesVersion = true }
      try check(key, is: key == "kind" ? gvk.kind : gvk.apiVersion, at: start)
    } else {
      let value: JSONValue
      do throws(JSONError) {
        value = try cursor.readValue()
      } catch {
        path.append(key)
        throw error
      }
      if !fields.json.insert(key, value) {
        throw cursor.error(.duplicateKey, "duplicate key \"\(key.prefix(80))\"", at: start)
      }
    }
    unknown = fields
  }

  private mutating func check(_ member: String, is expected: String, at start: Int) throws(JSONError) {
    let found = try cursor.readString()
    if found == expected { return }
    throw cursor.error(.unexpectedType, "expected \(member) \"\(expected)\", found \"\(found.prefix(80))\"", at: start)
  }

  /// A member that is one thing or another, told apart by how its value begins.
  private mutating func readUnion(_ layout: LayoutPointer) throws(JSONError) -> Record {
    let wanted: MemberLayout.Kind
    switch cursor.peek() {
    case JSONByte.openBrace: wanted = .object
    case JSONByte.openBracket: wanted = .list
    default: wanted = .bool
    }
    let members = layout.pointee.members
    guard let index = members.firstIndex(where: { $0.kind == wanted }) else {
      throw cursor.unexpected("expected an object, or another form that is allowed here")
    }
    var record = Record()
    // A schema stands for "allowed".
    if wanted == .object, let flag = members.firstIndex(where: { $0.kind == .bool }) { record[flag] = .bool(true) }
    record[index] = try readSlot(members.baseAddress.unsafelyUnwrapped + index)
    return record
  }

  // MARK: - Members

  private mutating func readSlot(_ member: UnsafePointer<MemberLayout>) throws(JSONError) -> Slot {
    if cursor.peek() == UInt8(ascii: "n"), try cursor.consumeNull() { return .null }
    switch member.pointee.kind {
    case .string: return .string(try cursor.readString())
    case .bool: return .bool(try cursor.readBool())
    case .int32: return .integer(try readInteger(in: Int64(Int32.min)...Int64(Int32.max)))
    case .uint32: return .integer(try readInteger(in: 0...Int64(UInt32.max)))
    case .int64: return .integer(try cursor.readInteger())
    case .double: return try readDouble()
    case .object:
      // Sound: members of this kind have a type, see `LayoutBuilder.shape`.
      return .record(try readRecord(member.pointee.object.unsafelyUnwrapped))
    case .list: return try readList(member.pointee.element.unsafelyUnwrapped)
    case .map: return try readMap(member.pointee.element.unsafelyUnwrapped)
    case .intOrString:
      if cursor.peek() == JSONByte.quote { return .string(try cursor.readString()) }
      return .integer(try readInteger(in: Int64(Int32.min)...Int64(Int32.max)))
    case .time: return .time(try readTime { (bytes) throws(TimeError) in try MetaTime(parsing: bytes) })
    case .microTime:
      return .time(
        try readTime { (bytes) throws(TimeError) in
          let time = try MicroTime(parsing: bytes)
          return MetaTime(seconds: time.seconds, nanoseconds: time.nanoseconds)
        })
    case .duration: return try readDuration()
    case .quantity: return .quantity(try readQuantity())
    case .bytes: return try readBytes()
    case .raw: return .raw(RawText(json: Array(cursor.bytes[try cursor.skipValue()])))
    case .json: return .json(try cursor.readValue())
    case .strings: return .strings(try readStrings())
    }
  }

  private mutating func readList(_ element: UnsafePointer<MemberLayout>) throws(JSONError) -> Slot {
    switch element.pointee.kind {
    case .string: return .strings(try readStrings())
    case .object:
      let layout = element.pointee.object.unsafelyUnwrapped
      var records: [Record] = []
      records.reserveCapacity(4)
      try readElements { (reader, _) throws(JSONError) in
        if reader.cursor.peek() == UInt8(ascii: "n"), try reader.cursor.consumeNull() {
          records.append(Record())
        } else {
          records.append(try reader.readRecord(layout))
        }
      }
      return .records(records)
    default:
      var slots: [Slot] = []
      try readElements { (reader, _) throws(JSONError) in slots.append(try reader.readSlot(element)) }
      return .list(slots)
    }
  }

  private mutating func readStrings() throws(JSONError) -> [String] {
    var strings: [String] = []
    try readElements { (reader, _) throws(JSONError) in
      if reader.cursor.peek() == UInt8(ascii: "n"), try reader.cursor.consumeNull() {
        strings.append("")
      } else {
        strings.append(try reader.cursor.readString())
      }
    }
    return strings
  }

  @inline(__always)
  private mutating func readElements(
    _ body: (inout JSONRecordReader, Int) throws(JSONError) -> Void
  ) throws(JSONError) {
    guard cursor.peek() == JSONByte.openBracket else { throw cursor.unexpected("expected an array") }
    try cursor.enter()
    if cursor.consume(JSONByte.closeBracket) {
      cursor.depth &-= 1
      return
    }
    var index = 0
    repeat {
      do throws(JSONError) {
        try body(&self, index)
      } catch {
        path.append("[\(index)]")
        throw error
      }
      index &+= 1
    } while try cursor.separator(before: JSONByte.closeBracket)
  }

  private mutating func readMap(_ element: UnsafePointer<MemberLayout>) throws(JSONError) -> Slot {
    switch element.pointee.kind {
    case .string:
      return .stringMap(
        try readEntries { (reader) throws(JSONError) in
          if reader.cursor.peek() == UInt8(ascii: "n"), try reader.cursor.consumeNull() { return "" }
          return try reader.cursor.readString()
        })
    case .quantity: return .quantityMap(try readEntries { (reader) throws(JSONError) in try reader.readQuantity() })
    default: return .map(try readEntries { (reader) throws(JSONError) in try reader.readSlot(element) })
    }
  }

  @inline(__always)
  private mutating func readEntries<Value>(
    _ body: (inout JSONRecordReader) throws(JSONError) -> Value
  ) throws(JSONError) -> StringMap<Value> {
    guard cursor.peek() == JSONByte.openBrace else { throw cursor.unexpected("expected an object") }
    try cursor.enter()
    if cursor.consume(JSONByte.closeBrace) {
      cursor.depth &-= 1
      return StringMap()
    }
    var entries: [StringMap<Value>.Entry] = []
    repeat {
      let key = try cursor.readString()
      try cursor.expect(JSONByte.colon)
      do throws(JSONError) {
        entries.append(StringMap.Entry(key: key, value: try body(&self)))
      } catch {
        path.append("[\(key)]")
        throw error
      }
    } while try cursor.separator(before: JSONByte.closeBrace)
    var duplicate: String?
    let map = StringMap(unordered: entries, duplicate: &duplicate)
    if let duplicate { throw cursor.error(.duplicateKey, "duplicate key \"\(duplicate)\"", at: cursor.position) }
    return map
  }

  // MARK: - Scalars

  private mutating func readInteger(in range: ClosedRange<Int64>) throws(JSONError) -> Int64 {
    let start = cursor.position
    let value = try cursor.readInteger()
    guard range.contains(value) else { throw cursor.error(.invalidNumber, "\(value) is out of range", at: start) }
    return value
  }

  private mutating func readDouble() throws(JSONError) -> Slot {
    let (literal, integer) = try cursor.scanNumber()
    if let integer { return .double(Double(integer)) }
    guard let value = Double(String(decoding: cursor.bytes[literal], as: UTF8.self)), value.isFinite else {
      throw cursor.error(.invalidNumber, "beyond the range of a double", at: literal.lowerBound)
    }
    return .double(value)
  }

  /// A text without escapes, or the decoded one.
  private mutating func readText<Value>(
    _ body: (UnsafeBufferPointer<UInt8>) -> Value
  ) throws(JSONError) -> Value {
    let (range, hasEscapes) = try cursor.scanString()
    if !hasEscapes { return body(UnsafeBufferPointer(rebasing: cursor.bytes[range])) }
    var text = cursor.string(in: range, hasEscapes: true)
    return text.withUTF8 { body($0) }
  }

  private mutating func readTime(
    _ parse: (UnsafeBufferPointer<UInt8>) throws(TimeError) -> MetaTime
  ) throws(JSONError) -> MetaTime {
    cursor.skipWhitespace()
    let start = cursor.position
    let result = try readText { bytes -> Result<MetaTime, TimeError> in
      do throws(TimeError) { return .success(try parse(bytes)) } catch { return .failure(error) }
    }
    switch result {
    case .success(let time):
      // An offset may push a time out of the years that any reader takes.
      guard time.hasFourDigitYear else { throw cursor.error(.syntax, "not a time of the years 0 to 9999", at: start) }
      return time
    case .failure(let error): throw cursor.error(.syntax, "not a time: \(error)", at: start)
    }
  }

  private mutating func readDuration() throws(JSONError) -> Slot {
    cursor.skipWhitespace()
    let start = cursor.position
    do {
      return .integer(try GoDuration(parsing: try cursor.readString()).nanoseconds)
    } catch let error as TimeError {
      throw cursor.error(.syntax, "not a duration: \(error)", at: start)
    } catch {
      throw error as? JSONError ?? cursor.error(.syntax, "not a duration", at: start)
    }
  }

  private mutating func readQuantity() throws(JSONError) -> Quantity {
    let first = cursor.peek()
    let start = cursor.position
    if first == UInt8(ascii: "n"), try cursor.consumeNull() { return Quantity() }
    let result: Quantity?
    if first == JSONByte.quote {
      result = try readText { bytes in
        // Go trims blanks before it parses.
        var trimmed = bytes
        while trimmed.first == 0x20 { trimmed = UnsafeBufferPointer(rebasing: trimmed.dropFirst()) }
        while trimmed.last == 0x20 { trimmed = UnsafeBufferPointer(rebasing: trimmed.dropLast()) }
        return try? Quantity(parsing: trimmed)
      }
    } else {
      let (literal, _) = try cursor.scanNumber()
      result = try? Quantity(parsing: UnsafeBufferPointer(rebasing: cursor.bytes[literal]))
    }
    guard let result else { throw cursor.error(.syntax, "not a quantity", at: start) }
    return result
  }

  private mutating func readBytes() throws(JSONError) -> Slot {
    cursor.skipWhitespace()
    let start = cursor.position
    guard let bytes = Base64.decode(try cursor.readString()) else {
      throw cursor.error(.syntax, "not base64", at: start)
    }
    return .bytes(bytes)
  }
}
