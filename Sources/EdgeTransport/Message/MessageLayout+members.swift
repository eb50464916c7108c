import EdgeJSON

/// Which known members of one object have been read.
struct SeenMembers {
  private var bits: UInt8 = 0

  var isEmpty: Bool { bits == 0 }

  mutating func mark(_ member: UInt8, in scanner: JSONScanner, at key: Range<Int>) throws(JSONError) {
    if bits & (1 << member) != 0 {
      throw JSONError(
        code: .duplicateKey, message: "a member occurs twice", offset: key.lowerBound - scanner.start, line: 1,
        column: 1)
    }
    bits |= 1 << member
  }

  mutating func markUnknown() { bits |= 0x80 }
}

extension JSONScanner {
  /// Whether another member follows; reads the comma before it, or the closing brace.
  mutating func hasMember(after isFirst: Bool) throws(JSONError) -> Bool {
    if consume(JSONByte.closeBrace) { return false }
    if !isFirst { try expect(JSONByte.comma) }
    return true
  }

  mutating func key() throws(JSONError) -> Range<Int> {
    let key = try scanString().body
    try expect(JSONByte.colon)
    return key
  }

  /// Go writes these keys without escapes; an escaped key counts as unknown.
  func says(_ word: StaticString, _ key: Range<Int>) -> Bool {
    guard key.count == word.utf8CodeUnitCount else { return false }
    // Sound: the literal is ASCII and at least as long as `key`.
    for place in 0..<key.count where bytes[key.lowerBound &+ place] != word.utf8Start[place] { return false }
    return true
  }

  /// Begins an object; false when `null` stands there, which Go reads as "nothing set".
  mutating func entersObject() throws(JSONError) -> Bool {
    if try consumeNull() { return false }
    try expect(JSONByte.openBrace)
    return true
  }

  mutating func text() throws(JSONError) -> MessageLayout.Text {
    if try consumeNull() { return MessageLayout.Text() }
    let (body, hasEscapes) = try scanString()
    return MessageLayout.Text(
      lower: Int32(truncatingIfNeeded: body.lowerBound), upper: Int32(truncatingIfNeeded: body.upperBound),
      hasEscapes: hasEscapes)
  }
}
