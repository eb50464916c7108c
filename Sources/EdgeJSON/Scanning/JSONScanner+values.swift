extension JSONScanner {
  /// Reads one value of any type.
  public mutating func readValue() throws(JSONError) -> JSONValue {
    switch peek() {
    case JSONByte.quote: return .string(try readString())
    case JSONByte.openBrace: return .object(try readObjectValue())
    case JSONByte.openBracket:
      var elements: [JSONValue] = []
      try readArray { scanner throws(JSONError) in elements.append(try scanner.readValue()) }
      return .array(elements)
    case UInt8(ascii: "t"):
      try word("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try word("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try word("null")
      return .null
    case let byte? where byte == UInt8(ascii: "-") || JSONByte.isDigit(byte):
      let (literal, integer) = try scanNumber()
      if let integer { return .integer(integer) }
      return .number(JSONNumber(checkedLiteral: String(decoding: bytes[literal], as: UTF8.self)))
    default: throw unexpected("expected a value")
    }
  }

  private mutating func readObjectValue() throws(JSONError) -> JSONObject {
    var object = JSONObject()
    try readMembers { keyPosition, key, scanner throws(JSONError) in
      let value = try scanner.readValue()
      if object.insert(key, value) { return }
      guard scanner.limits.duplicateKeys == .lastWins else {
        throw scanner.error(.duplicateKey, "duplicate key \"\(key.prefix(80))\"", at: keyPosition)
      }
      object[key] = value
    }
    return object
  }

  /// Checks one value of any type without building it. Duplicate keys inside it are not looked for.
  ///
  /// - Returns: its range in ``bytes``, without white space around it.
  @discardableResult
  public mutating func skipValue() throws(JSONError) -> Range<Int> {
    let next = peek()
    let first = position
    switch next {
    case JSONByte.quote: _ = try scanString()
    case JSONByte.openBrace, JSONByte.openBracket: try skipContainer()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    case let byte? where byte == UInt8(ascii: "-") || JSONByte.isDigit(byte): _ = try scanNumber()
    default: throw unexpected("expected a value")
    }
    return first..<position
  }

  private mutating func skipContainer() throws(JSONError) {
    let isObject = bytes[position] == JSONByte.openBrace
    let close = isObject ? JSONByte.closeBrace : JSONByte.closeBracket
    try enter()
    if peek() == close { return leave() }
    while true {
      if isObject {
        _ = try scanString()
        try expect(JSONByte.colon)
      }
      try skipValue()
      let next = peek()
      if next == close { return leave() }
      guard next == JSONByte.comma else {
        throw unexpected("expected ',' or the end of the \(isObject ? "object" : "array")")
      }
      position &+= 1
    }
  }

  /// Reads an object; `body` is called with each key and must read or skip its value.
  public mutating func readObject(
    _ body: (_ key: String, _ scanner: inout JSONScanner) throws(JSONError) -> Void
  ) throws(JSONError) {
    try readMembers { _, key, scanner throws(JSONError) in try body(key, &scanner) }
  }

  private mutating func readMembers(
    _ body: (_ keyPosition: Int, _ key: String, _ scanner: inout JSONScanner) throws(JSONError) -> Void
  ) throws(JSONError) {
    guard peek() == JSONByte.openBrace else { throw unexpected("expected an object") }
    try enter()
    if peek() == JSONByte.closeBrace { return leave() }
    while true {
      skipWhitespace()
      let keyPosition = position
      let key = try readString()
      try expect(JSONByte.colon)
      try body(keyPosition, key, &self)
      let next = peek()
      if next == JSONByte.closeBrace { return leave() }
      guard next == JSONByte.comma else { throw unexpected("expected ',' or the end of the object") }
      position &+= 1
    }
  }

  /// Reads an array; `body` is called before each element and must read or skip it.
  public mutating func readArray(
    _ body: (_ scanner: inout JSONScanner) throws(JSONError) -> Void
  ) throws(JSONError) {
    guard peek() == JSONByte.openBracket else { throw unexpected("expected an array") }
    try enter()
    if peek() == JSONByte.closeBracket { return leave() }
    while true {
      try body(&self)
      let next = peek()
      if next == JSONByte.closeBracket { return leave() }
      guard next == JSONByte.comma else { throw unexpected("expected ',' or the end of the array") }
      position &+= 1
    }
  }

  /// Reads `true` or `false`.
  public mutating func readBool() throws(JSONError) -> Bool {
    switch peek() {
    case UInt8(ascii: "t"):
      try word("true")
      return true
    case UInt8(ascii: "f"):
      try word("false")
      return false
    default: throw unexpected("expected true or false")
    }
  }

  /// Reads `null` if it comes next.
  public mutating func consumeNull() throws(JSONError) -> Bool {
    guard peek() == UInt8(ascii: "n") else { return false }
    try word("null")
    return true
  }

  private mutating func word(_ word: StaticString) throws(JSONError) {
    let first = position
    for place in 0..<word.utf8CodeUnitCount {
      // Sound: `place` stays below the length of the literal, which is ASCII and therefore stored as bytes.
      guard position < end, bytes[position] == word.utf8Start[place] else {
        if position >= end { throw unexpected("expected \(word)") }
        throw error(.syntax, "unknown word: expected \(word)", at: first)
      }
      position &+= 1
    }
  }
}
