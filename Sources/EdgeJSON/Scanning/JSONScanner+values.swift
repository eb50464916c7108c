extension JSONScanner {
  /// Reads one value of any type.
  public mutating func readValue() throws(JSONError) -> JSONValue {
    try reading { cursor throws(JSONError) in try cursor.readValue() }
  }

  /// Checks one value of any type without building it. Duplicate keys inside it are not looked for.
  ///
  /// - Returns: its range in ``bytes``, without white space around it.
  @discardableResult
  public mutating func skipValue() throws(JSONError) -> Range<Int> {
    try reading { cursor throws(JSONError) in try cursor.skipValue() }
  }

  /// Reads an object; `body` is called with each key and must read or skip its value.
  public mutating func readObject(
    _ body: (_ key: String, _ scanner: inout JSONScanner) throws(JSONError) -> Void
  ) throws(JSONError) {
    try beginContainer(JSONByte.openBrace, "expected an object")
    if peek() == JSONByte.closeBrace { return leave() }
    repeat {
      let key = try readString()
      try expect(JSONByte.colon)
      try body(key, &self)
    } while try separator(before: JSONByte.closeBrace)
  }

  /// As ``readObject(_:)``, but gives the bytes of each key undecoded, to be compared with ``body(_:is:)``. A key with
  /// escapes is no key that a writer of a known format would write; it is given as it stands.
  public mutating func scanObject(
    _ body: (_ key: Range<Int>, _ scanner: inout JSONScanner) throws(JSONError) -> Void
  ) throws(JSONError) {
    try beginContainer(JSONByte.openBrace, "expected an object")
    if peek() == JSONByte.closeBrace { return leave() }
    repeat {
      let (key, _) = try scanString()
      try expect(JSONByte.colon)
      try body(key, &self)
    } while try separator(before: JSONByte.closeBrace)
  }

  /// Reads an array; `body` is called before each element and must read or skip it.
  public mutating func readArray(
    _ body: (_ scanner: inout JSONScanner) throws(JSONError) -> Void
  ) throws(JSONError) {
    try beginContainer(JSONByte.openBracket, "expected an array")
    if peek() == JSONByte.closeBracket { return leave() }
    repeat { try body(&self) } while try separator(before: JSONByte.closeBracket)
  }

  private mutating func beginContainer(_ open: UInt8, _ expectation: String) throws(JSONError) {
    try reading { cursor throws(JSONError) in
      guard cursor.peek() == open else { throw cursor.unexpected(expectation) }
      try cursor.enter()
    }
  }

  private mutating func leave() {
    position &+= 1
    depth &-= 1
  }

  private mutating func separator(before close: UInt8) throws(JSONError) -> Bool {
    try reading { cursor throws(JSONError) in try cursor.separator(before: close) }
  }

  /// Reads `true` or `false`.
  public mutating func readBool() throws(JSONError) -> Bool {
    try reading { cursor throws(JSONError) in try cursor.readBool() }
  }

  /// Reads `null` if it comes next.
  public mutating func consumeNull() throws(JSONError) -> Bool {
    try reading { cursor throws(JSONError) in try cursor.consumeNull() }
  }

  /// Reads an integer literal that fits 64 bits; `1.0` and `1e3` are refused.
  public mutating func readInteger() throws(JSONError) -> Int64 {
    try reading { cursor throws(JSONError) in try cursor.readInteger() }
  }

  /// Reads a number without converting it.
  ///
  /// - Returns: the range of the literal, and its value when it is a 64-bit integer. `-0` is none: as an integer it would
  ///   lose its sign.
  public mutating func scanNumber() throws(JSONError) -> (literal: Range<Int>, integer: Int64?) {
    try reading { cursor throws(JSONError) in try cursor.scanNumber() }
  }
}
