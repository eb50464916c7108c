/// Appends JSON to a byte array. It writes tokens; that they form a text is the caller's concern.
///
/// The static functions append to an array that the caller owns, so that a message is built in one buffer without copies.
public struct JSONWriter: Sendable {
  public var bytes: [UInt8]
  public var escaping: JSONEscaping

  public init(escaping: JSONEscaping = .minimal, reservingCapacity capacity: Int = 0) {
    bytes = []
    bytes.reserveCapacity(capacity)
    self.escaping = escaping
  }

  public mutating func string(_ text: String) { Self.append(string: text, escaping: escaping, to: &bytes) }
  public mutating func integer(_ value: Int64) { Self.append(integer: value, to: &bytes) }
  /// Appends bytes as they are: punctuation, or a value that is already JSON.
  public mutating func raw(_ text: some Sequence<UInt8>) { bytes.append(contentsOf: text) }
  public mutating func raw(_ text: StaticString) { Self.append(raw: text, to: &bytes) }
  public mutating func value(_ value: JSONValue) {
    Self.append(value: value, style: JSONStyle(escaping: escaping), to: &bytes)
  }

  /// Appends `text` as it is, for instance `{"header":{"msg_id":`.
  public static func append(raw text: StaticString, to bytes: inout [UInt8]) {
    if text.hasPointerRepresentation {
      // Sound: a static string lives as long as the process and knows its length.
      bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    } else {
      text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }
  }

  /// Appends a value in the given style.
  public static func append(value: JSONValue, style: JSONStyle = .compact, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: value.serialized(style))
  }

  public static func append(integer value: Int64, to bytes: inout [UInt8]) {
    if value >= 0, value < 10 {
      bytes.append(0x30 &+ UInt8(truncatingIfNeeded: value))
      return
    }
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    let first = bytes.count
    var rest = value.magnitude
    while rest > 0 {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      bytes.append(0x30 &+ UInt8(truncatingIfNeeded: digit))
      rest = quotient
    }
    // Not `bytes[first...].reverse()`: that copies the slice.
    var low = first
    var high = bytes.count - 1
    while low < high {
      bytes.swapAt(low, high)
      low += 1
      high -= 1
    }
  }

  /// Appends `text` between quotes with its escapes.
  public static func append(string text: String, escaping: JSONEscaping = .minimal, to bytes: inout [UInt8]) {
    var text = text
    text.withUTF8 { append(utf8: $0, escaping: escaping, to: &bytes) }
  }

  /// Appends UTF-8 bytes as a string. The bytes must be valid UTF-8; they are not checked again.
  public static func append(utf8 text: [UInt8], escaping: JSONEscaping = .minimal, to bytes: inout [UInt8]) {
    text.withUnsafeBufferPointer { append(utf8: $0, escaping: escaping, to: &bytes) }
  }

  static func append(
    utf8 text: UnsafeBufferPointer<UInt8>, escaping: JSONEscaping, to bytes: inout [UInt8]
  ) {
    bytes.append(JSONByte.quote)
    var runStart = 0
    var cursor = 0
    while true {
      cursor = endOfPlainRun(in: text, from: cursor, escaping: escaping)
      if cursor == text.count { break }
      let (escape, length) = escape(for: text, at: cursor, escaping: escaping)
      if escape.utf8CodeUnitCount > 0 || text[cursor] < 0x20 {
        bytes.append(contentsOf: text[runStart..<cursor])
        if escape.utf8CodeUnitCount > 0 {
          append(raw: escape, to: &bytes)
        } else {
          append(control: text[cursor], to: &bytes)
        }
        runStart = cursor &+ length
      }
      cursor &+= length
    }
    bytes.append(contentsOf: text[runStart...])
    bytes.append(JSONByte.quote)
  }

  /// The first byte from `start` on that may need an escape; or the end.
  private static func endOfPlainRun(
    in text: UnsafeBufferPointer<UInt8>, from start: Int, escaping: JSONEscaping
  ) -> Int {
    // Eight bytes a step. Sound: every load stays inside the buffer.
    let raw = UnsafeRawBufferPointer(text)
    var cursor = start
    while cursor &+ 8 <= raw.count {
      let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: cursor, as: UInt64.self))
      let stops = ByteLanes.escapes(word, escaping)
      if stops != 0 { return cursor &+ stops.trailingZeroBitCount / 8 }
      cursor &+= 8
    }
    while cursor < raw.count {
      if ByteLanes.isEscaped(raw[cursor], escaping) { break }
      cursor &+= 1
    }
    return cursor
  }

  /// The escape for the character at `place` and that character's length; empty when it stands for itself or is a
  /// control character without a short form.
  private static func escape(
    for text: UnsafeBufferPointer<UInt8>, at place: Int, escaping: JSONEscaping
  ) -> (escape: StaticString, length: Int) {
    switch text[place] {
    case JSONByte.quote: return ("\\\"", 1)
    case JSONByte.backslash: return ("\\\\", 1)
    case 0x08: return ("\\b", 1)
    case 0x09: return ("\\t", 1)
    case 0x0A: return ("\\n", 1)
    case 0x0C: return ("\\f", 1)
    case 0x0D: return ("\\r", 1)
    case UInt8(ascii: "<"): return ("\\u003c", 1)
    case UInt8(ascii: ">"): return ("\\u003e", 1)
    case UInt8(ascii: "&"): return ("\\u0026", 1)
    case 0xE2:
      guard place &+ 2 < text.count, text[place &+ 1] == 0x80 else { return ("", 1) }
      if text[place &+ 2] == 0xA8 { return ("\\u2028", 3) }
      if text[place &+ 2] == 0xA9 { return ("\\u2029", 3) }
      return ("", 1)
    default: return ("", 1)
    }
  }

  private static func append(control byte: UInt8, to bytes: inout [UInt8]) {
    append(raw: "\\u00", to: &bytes)
    for digit in [byte >> 4, byte & 15] { bytes.append(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit) }
  }
}

extension ByteLanes {
  /// Bytes that may need an escape.
  @inline(__always)
  static func escapes(_ word: UInt64, _ escaping: JSONEscaping) -> UInt64 {
    let minimal = below0x20(word) | equal(word, JSONByte.quote) | equal(word, JSONByte.backslash)
    if escaping == .minimal { return minimal }
    return minimal | equal(word, UInt8(ascii: "<")) | equal(word, UInt8(ascii: ">"))
      | equal(word, UInt8(ascii: "&")) | equal(word, 0xE2)
  }

  @inline(__always)
  static func isEscaped(_ byte: UInt8, _ escaping: JSONEscaping) -> Bool {
    if byte < 0x20 || byte == JSONByte.quote || byte == JSONByte.backslash { return true }
    return escaping == .go && (byte == 0x3C || byte == 0x3E || byte == 0x26 || byte == 0xE2)
  }
}
