extension JSONCursor {
  /// Reads an integer literal that fits 64 bits; `1.0` and `1e3` are refused.
  package mutating func readInteger() throws(JSONError) -> Int64 {
    let (range, integer) = try scanNumber()
    guard let integer else { throw error(.invalidNumber, "expected a 64-bit integer", at: range.lowerBound) }
    return integer
  }

  /// Reads a number without converting it.
  ///
  /// - Returns: the range of the literal, and its value when it is a 64-bit integer. `-0` is none: as an integer it would
  ///   lose its sign.
  package mutating func scanNumber() throws(JSONError) -> (literal: Range<Int>, integer: Int64?) {
    skipWhitespace()
    let first = position
    let isNegative = position < end && bytes[position] == UInt8(ascii: "-")
    if isNegative { position &+= 1 }
    let firstDigit = position
    // Collected as a negative number, whose range is the larger one.
    var value: Int64 = 0
    var fits = true
    while position < end, JSONByte.isDigit(bytes[position]) {
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, underflow) = scaled.subtractingReportingOverflow(Int64(bytes[position] &- 0x30))
      fits = fits && !overflow && !underflow
      value = sum
      position &+= 1
    }
    if position == firstDigit { throw isNegative ? invalidNumber("digit expected") : unexpected("expected a number") }
    if bytes[firstDigit] == UInt8(ascii: "0"), position &- firstDigit > 1 {
      position = firstDigit
      throw invalidNumber("leading zero")
    }
    var isInteger = true
    if position < end, bytes[position] == UInt8(ascii: ".") {
      isInteger = false
      position &+= 1
      try skipDigits()
    }
    if position < end, bytes[position] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position &+= 1
      if position < end, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") { position &+= 1 }
      try skipDigits()
    }
    let literal = first..<position
    guard isInteger, fits, !(isNegative && value == 0) else { return (literal, nil) }
    if isNegative { return (literal, value) }
    return (literal, value == .min ? nil : -value)
  }

  private mutating func skipDigits() throws(JSONError) {
    let first = position
    while position < end, JSONByte.isDigit(bytes[position]) { position &+= 1 }
    if position == first { throw invalidNumber("digit expected") }
  }

  private func invalidNumber(_ reason: String) -> JSONError {
    position < end
      ? error(.invalidNumber, "invalid number: \(reason)", at: position)
      : error(.unexpectedEnd, "unexpected end of the text inside a number", at: end)
  }
}
