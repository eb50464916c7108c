/// The grammar of JSON over bytes that somebody else keeps alive: what ``JSONScanner`` reads with, and what decoders on
/// the hot path use without the cost of an array's checks.
///
/// Every load lies below `end`, which the init checks against the buffer; the buffer must outlive the cursor. Every
/// reading method first skips white space, and after an error the position is unspecified.
package struct JSONCursor {
  package let bytes: UnsafeBufferPointer<UInt8>
  /// The first byte that belongs to the text; offsets in errors are counted from here.
  package let start: Int
  /// One past the last byte that belongs to the text.
  package let end: Int
  package let limits: JSONLimits
  /// The index in ``bytes`` of the next byte to be read.
  package var position: Int
  /// Arrays and objects that are open at ``position``.
  package var depth = 0

  package init(_ bytes: UnsafeBufferPointer<UInt8>, range: Range<Int>, limits: JSONLimits) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "the range leaves the buffer")
    self.bytes = bytes
    self.limits = limits
    start = range.lowerBound
    position = range.lowerBound
    end = range.upperBound
  }

  @inline(__always)
  package mutating func skipWhitespace() {
    while position < end {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position &+= 1
      default: return
      }
    }
  }

  /// The next byte that is no white space, left unread; nil at the end.
  @inline(__always)
  package mutating func peek() -> UInt8? {
    skipWhitespace()
    return position < end ? bytes[position] : nil
  }

  /// Reads `byte` if it comes next.
  @inline(__always)
  package mutating func consume(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    position &+= 1
    return true
  }

  /// Reads `byte`, which must come next.
  @inline(__always)
  package mutating func expect(_ byte: UInt8) throws(JSONError) {
    guard consume(byte) else { throw unexpected("expected '\(Character(Unicode.Scalar(byte)))'") }
  }

  /// Checks that nothing but white space is left.
  package mutating func finish() throws(JSONError) {
    if peek() != nil { throw error(.trailingData, "unexpected data after the value", at: position) }
  }

  package mutating func enter() throws(JSONError) {
    position &+= 1
    depth &+= 1
    if depth > limits.maximumDepth {
      throw error(.depthExceeded, "more than \(limits.maximumDepth) nested arrays and objects", at: position &- 1)
    }
  }

  package mutating func leave() {
    position &+= 1
    depth &-= 1
  }

  /// The error for the byte at ``position``, or for its absence.
  @inline(never)
  package func unexpected(_ expectation: String) -> JSONError {
    guard position < end else { return error(.unexpectedEnd, "unexpected end of the text: \(expectation)", at: end) }
    let byte = bytes[position]
    let shown = (0x20..<0x7F).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
    return error(.syntax, "unexpected \(shown): \(expectation)", at: position)
  }

  /// Offsets, lines and columns are counted only here, so that reading without errors does not pay for them.
  @inline(never)
  package func error(_ code: JSONError.Code, _ message: String, at place: Int) -> JSONError {
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
