extension JSONCursor {
  /// Reads a string and gives it decoded.
  package mutating func readString() throws(JSONError) -> String {
    let (body, hasEscapes) = try scanString()
    return string(in: body, hasEscapes: hasEscapes)
  }

  /// Decodes a body that ``scanString()`` returned.
  package func string(in body: Range<Int>, hasEscapes: Bool) -> String {
    if hasEscapes { return String(decoding: unescaped(body), as: UTF8.self) }
    return String(decoding: UnsafeBufferPointer(rebasing: bytes[body]), as: UTF8.self)
  }

  /// Reads a string without decoding it. The whole string is checked: escapes, surrogate pairs, UTF-8.
  ///
  /// - Returns: the bytes between the quotes, and whether there are escapes among them.
  package mutating func scanString() throws(JSONError) -> (body: Range<Int>, hasEscapes: Bool) {
    guard consume(JSONByte.quote) else { throw unexpected("expected a string") }
    let first = position
    var cursor = first
    var hasEscapes = false
    while true {
      cursor = endOfPlainText(from: cursor)
      guard cursor < end else {
        throw error(.unexpectedEnd, "unexpected end of the text inside a string", at: end)
      }
      switch bytes[cursor] {
      case JSONByte.quote:
        position = cursor &+ 1
        return (first..<cursor, hasEscapes)
      case JSONByte.backslash:
        hasEscapes = true
        cursor = try endOfEscape(at: cursor)
      case ..<0x20:
        throw error(.syntax, "control character \(bytes[cursor]) inside a string must be escaped", at: cursor)
      default:
        cursor = try endOfMultibyteScalar(at: cursor)
      }
    }
  }

  /// The first index from `start` on whose byte is a quote, a backslash, a control character or not ASCII; or `end`.
  private func endOfPlainText(from start: Int) -> Int {
    // Eight bytes a step. Sound: every load stays below `end`.
    let raw = UnsafeRawBufferPointer(bytes)
    var cursor = start
    while cursor &+ 8 <= end {
      let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: cursor, as: UInt64.self))
      let stops = ByteLanes.stringStops(word)
      if stops != 0 { return cursor &+ stops.trailingZeroBitCount / 8 }
      cursor &+= 8
    }
    while cursor < end {
      let byte = bytes[cursor]
      if byte < 0x20 || byte >= 0x80 || byte == JSONByte.quote || byte == JSONByte.backslash { break }
      cursor &+= 1
    }
    return cursor
  }

  /// Source: Unicode 15, table 3-7 (well-formed UTF-8 byte sequences).
  private func endOfMultibyteScalar(at start: Int) throws(JSONError) -> Int {
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch bytes[start] {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xE1...0xEC, 0xEE...0xEF: length = 3
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: length = 4
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: throw error(.invalidUTF8, "invalid UTF-8", at: start)
    }
    for place in 1..<length {
      guard start &+ place < end else {
        throw error(.unexpectedEnd, "unexpected end of the text inside a string", at: end)
      }
      let allowed = place == 1 ? second : 0x80...0xBF
      guard allowed.contains(bytes[start &+ place]) else { throw error(.invalidUTF8, "invalid UTF-8", at: start) }
    }
    return start &+ length
  }

  private func endOfEscape(at start: Int) throws(JSONError) -> Int {
    guard start &+ 1 < end else { throw error(.unexpectedEnd, "unexpected end of the text inside a string", at: end) }
    switch bytes[start &+ 1] {
    case JSONByte.quote, JSONByte.backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return start &+ 2
    case UInt8(ascii: "u"):
      let unit = try codeUnit(at: start)
      if !(0xD800...0xDFFF).contains(unit) { return start &+ 6 }
      if unit > 0xDBFF { throw halfPair(at: start) }
      return try endOfLowSurrogate(at: start)
    default:
      throw error(.invalidEscape, "unknown escape in a string", at: start)
    }
  }

  /// The second half of the pair whose first half begins at `start` must follow at once.
  private func endOfLowSurrogate(at start: Int) throws(JSONError) -> Int {
    for (place, expected) in [(start &+ 6, JSONByte.backslash), (start &+ 7, UInt8(ascii: "u"))] {
      guard place < end else { throw error(.unexpectedEnd, "unexpected end of the text inside a string", at: end) }
      guard bytes[place] == expected else { throw halfPair(at: start) }
    }
    guard (0xDC00...0xDFFF).contains(try codeUnit(at: start &+ 6)) else { throw halfPair(at: start) }
    return start &+ 12
  }

  private func halfPair(at start: Int) -> JSONError {
    error(.invalidEscape, "half of a surrogate pair in a string", at: start)
  }

  /// The UTF-16 code unit of the `\uXXXX` that begins at `start`.
  private func codeUnit(at start: Int) throws(JSONError) -> UInt32 {
    var unit: UInt32 = 0
    for place in (start &+ 2)..<(start &+ 6) {
      guard place < end else { throw error(.unexpectedEnd, "unexpected end of the text inside a string", at: end) }
      guard let digit = JSONByte.hexadecimalValue(bytes[place]) else {
        throw error(.invalidEscape, "\\u needs four hexadecimal digits", at: start)
      }
      unit = unit << 4 | UInt32(digit)
    }
    return unit
  }

  /// Decodes a body that ``scanString()`` has checked.
  private func unescaped(_ body: Range<Int>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(body.count)
    var cursor = body.lowerBound
    while cursor < body.upperBound {
      let byte = bytes[cursor]
      guard byte == JSONByte.backslash else {
        text.append(byte)
        cursor &+= 1
        continue
      }
      switch bytes[cursor &+ 1] {
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"):
        cursor = appendScalar(at: cursor, to: &text)
        continue
      case let other: text.append(other)
      }
      cursor &+= 2
    }
    return text
  }

  private func appendScalar(at start: Int, to text: inout [UInt8]) -> Int {
    func unit(_ start: Int) -> UInt32 {
      bytes[start..<(start &+ 4)].reduce(0) { $0 << 4 | UInt32(JSONByte.hexadecimalValue($1) ?? 0) }
    }
    var value = unit(start &+ 2)
    var next = start &+ 6
    if (0xD800...0xDBFF).contains(value) {
      value = 0x10000 + (value - 0xD800) << 10 + (unit(start &+ 8) - 0xDC00)
      next = start &+ 12
    }
    text.append(contentsOf: String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8)
    return next
  }
}
