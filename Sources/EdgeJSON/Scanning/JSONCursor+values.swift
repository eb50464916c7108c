extension JSONCursor {
  /// Reads one value of any type.
  package mutating func readValue() throws(JSONError) -> JSONValue {
    switch peek() {
    case JSONByte.quote: return .string(try readString())
    case JSONByte.openBrace: return try readObjectValue()
    case JSONByte.openBracket: return try readArrayValue()
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

  // The two below recurse. They call no closures, which keeps the stack that a level needs small.

  private mutating func readArrayValue() throws(JSONError) -> JSONValue {
    try enter()
    var elements: [JSONValue] = []
    if peek() == JSONByte.closeBracket {
      leave()
      return .array(elements)
    }
    repeat { elements.append(try readValue()) } while try separator(before: JSONByte.closeBracket)
    return .array(elements)
  }

  private mutating func readObjectValue() throws(JSONError) -> JSONValue {
    try enter()
    var object = JSONObject()
    if peek() == JSONByte.closeBrace {
      leave()
      return .object(object)
    }
    repeat {
      skipWhitespace()
      let keyPosition = position
      let key = try readString()
      try expect(JSONByte.colon)
      let value = try readValue()
      if !object.insert(key, value) { try replace(key, value, at: keyPosition, in: &object) }
    } while try separator(before: JSONByte.closeBrace)
    return .object(object)
  }

  private func replace(
    _ key: String, _ value: JSONValue, at position: Int, in object: inout JSONObject
  ) throws(JSONError) {
    guard limits.duplicateKeys == .lastWins else {
      throw error(.duplicateKey, "duplicate key \"\(key.prefix(80))\"", at: position)
    }
    object[key] = value
  }

  /// Reads what stands behind a member: a comma (true) or the end of the container (false).
  package mutating func separator(before close: UInt8) throws(JSONError) -> Bool {
    switch peek() {
    case JSONByte.comma:
      position &+= 1
      return true
    case close:
      leave()
      return false
    default:
      throw unexpected("expected ',' or the end of the \(close == JSONByte.closeBrace ? "object" : "array")")
    }
  }

  /// Checks one value of any type without building it. Duplicate keys inside it are not looked for.
  ///
  /// - Returns: its range in ``bytes``, without white space around it.
  @discardableResult
  package mutating func skipValue() throws(JSONError) -> Range<Int> {
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
    repeat {
      if isObject {
        _ = try scanString()
        try expect(JSONByte.colon)
      }
      try skipValue()
    } while try separator(before: close)
  }

  /// Reads `true` or `false`.
  package mutating func readBool() throws(JSONError) -> Bool {
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
  package mutating func consumeNull() throws(JSONError) -> Bool {
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
