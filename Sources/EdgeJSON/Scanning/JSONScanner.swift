/// Reads JSON token by token out of a byte array, without building values that nobody asked for.
///
/// A caller that knows the shape it expects walks it with ``consume(_:)``, ``readString()`` and ``skipValue()``; whatever
/// it skips is still checked in full, so a range that came out of ``skipValue()`` may be sent on as valid JSON. Every
/// reading method first skips white space, and after an error the position is unspecified.
///
/// ```swift
/// var scanner = JSONScanner(bytes)
/// try scanner.readObject { key, scanner throws(JSONError) in
///   if key == "content" { content = try scanner.skipValue() } else { try scanner.skipValue() }
/// }
/// try scanner.finish()
/// ```
public struct JSONScanner: Sendable {
  public let bytes: [UInt8]
  /// The first byte that belongs to the text; offsets in errors are counted from here.
  public let start: Int
  /// One past the last byte that belongs to the text.
  public let end: Int
  public let limits: JSONLimits
  /// The index in ``bytes`` of the next byte to be read.
  public internal(set) var position: Int
  /// Arrays and objects that are open at ``position``.
  var depth = 0

  /// - Parameter range: the part of `bytes` that holds the text; all of it when nil.
  public init(_ bytes: [UInt8], range: Range<Int>? = nil, limits: JSONLimits = .default) {
    let range = range ?? bytes.indices
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "the range leaves the buffer")
    self.bytes = bytes
    self.limits = limits
    start = range.lowerBound
    position = range.lowerBound
    end = range.upperBound
  }

  public mutating func skipWhitespace() {
    while position < end {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position &+= 1
      default: return
      }
    }
  }

  /// The next byte that is no white space, left unread; nil at the end.
  public mutating func peek() -> UInt8? {
    skipWhitespace()
    return position < end ? bytes[position] : nil
  }

  /// Reads `byte` if it comes next.
  public mutating func consume(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    position &+= 1
    return true
  }

  /// Reads `byte`, which must come next.
  public mutating func expect(_ byte: UInt8) throws(JSONError) {
    guard consume(byte) else { throw unexpected("expected '\(Character(Unicode.Scalar(byte)))'") }
  }

  /// Checks that nothing but white space is left.
  public mutating func finish() throws(JSONError) {
    if peek() != nil { throw error(.trailingData, "unexpected data after the value", at: position) }
  }

  mutating func enter() throws(JSONError) {
    position &+= 1
    depth &+= 1
    if depth > limits.maximumDepth {
      throw error(.depthExceeded, "more than \(limits.maximumDepth) nested arrays and objects", at: position &- 1)
    }
  }

  mutating func leave() {
    position &+= 1
    depth &-= 1
  }

  /// The error for the byte at ``position``, or for its absence.
  @inline(never)
  func unexpected(_ expectation: String) -> JSONError {
    guard position < end else { return error(.unexpectedEnd, "unexpected end of the text: \(expectation)", at: end) }
    let byte = bytes[position]
    let shown = (0x20..<0x7F).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
    return error(.syntax, "unexpected \(shown): \(expectation)", at: position)
  }

  /// Offsets, lines and columns are counted only here, so that reading without errors does not pay for them.
  @inline(never)
  func error(_ code: JSONError.Code, _ message: String, at place: Int) -> JSONError {
    var line = 1
    var column = 1
    for byte in bytes[start..<max(start, min(place, end))] {
      if byte == 0x0A {
        line += 1
        column = 1
      } else {
        column += 1
      }
    }
    return JSONError(code: code, message: message, offset: place - start, line: line, column: column)
  }
}
