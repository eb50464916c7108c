extension ManifestScanner {
  /// Reads a text in single or double quotes; `position` moves behind the closing quote, `lineStart` to its line.
  mutating func quotedScalar() throws(Refusal) -> String {
    let quote = bytes[position]
    let start = position &+ 1
    var cursor = start
    while true {
      let byte = bytes[cursor]
      if byte == quote {
        if quote == UInt8(ascii: "'"), bytes[cursor &+ 1] == quote { break }
        position = cursor &+ 1
        return string(start, cursor)
      }
      if byte == 0x0A || byte == 0 || byte == UInt8(ascii: "\\") && quote == UInt8(ascii: "\"") { break }
      cursor &+= 1
    }
    // From here on the text is not one piece of the document.
    scratch.removeAll(keepingCapacity: true)
    append(start, bytes[cursor] == 0x0A ? trimmingBlanks(from: start, to: cursor) : cursor)
    position = cursor
    try quotedRest(quote)
    return String(decoding: scratch, as: UTF8.self)
  }

  private mutating func quotedRest(_ quote: UInt8) throws(Refusal) {
    while true {
      switch bytes[position] {
      case quote:
        position &+= 1
        guard quote == UInt8(ascii: "'"), bytes[position] == quote else { return }
        scratch.append(quote)
        position &+= 1
      case UInt8(ascii: "\\") where quote == UInt8(ascii: "\""): try escape()
      case 0x20, 0x09:
        let start = position
        skipBlanks()
        if bytes[position] != 0x0A { append(start, position) }
      case 0x0A: fold(try lineFeedsInQuotes())
      case 0: throw malformed("found unexpected end of stream")
      case let byte:
        scratch.append(byte)
        position &+= 1
      }
    }
  }

  /// Passes line feeds and the blanks at the beginnings of lines. Returns how many line feeds there were.
  private mutating func lineFeedsInQuotes() throws(Refusal) -> Int {
    var lineFeeds = 0
    while bytes[position] == 0x0A {
      position &+= 1
      lineFeeds &+= 1
      lineStart = position
      if isMarker(0x2D) || isMarker(0x2E) { throw malformed("found unexpected document indicator") }
      skipBlanks()
    }
    return lineFeeds
  }

  private mutating func escape() throws(Refusal) {
    let sign = bytes[position &+ 1]
    if sign == 0x0A {
      // The line feed and the blanks behind it are no part of the text; further line feeds are.
      position &+= 1
      let lineFeeds = try lineFeedsInQuotes()
      scratch.append(contentsOf: repeatElement(0x0A, count: lineFeeds &- 1))
      return
    }
    let digits: Int
    switch sign {
    case UInt8(ascii: "x"): digits = 2
    case UInt8(ascii: "u"): digits = 4
    case UInt8(ascii: "U"): digits = 8
    default:
      guard let text = Self.shortEscape(sign) else { throw malformed("found unknown escape character") }
      position &+= 2
      scratch.append(contentsOf: text.utf8)
      return
    }
    var value: UInt32 = 0
    for place in (position &+ 2)..<(position &+ 2 &+ digits) {
      guard let digit = Character(Unicode.Scalar(bytes[place])).hexDigitValue else {
        throw malformed("did not find expected hexdecimal number")
      }
      value = value << 4 | UInt32(digit)
    }
    guard let scalar = Unicode.Scalar(value) else { throw malformed("found invalid Unicode character escape code") }
    position &+= 2 &+ digits
    scratch.append(contentsOf: String(scalar).utf8)
  }

  /// Source: YAML 1.1, section 5.6, and `\/` of 1.2.
  private static func shortEscape(_ sign: UInt8) -> String? {
    switch sign {
    case UInt8(ascii: "0"): "\u{0}"
    case UInt8(ascii: "a"): "\u{7}"
    case UInt8(ascii: "b"): "\u{8}"
    case UInt8(ascii: "t"), 0x09: "\t"
    case UInt8(ascii: "n"): "\n"
    case UInt8(ascii: "v"): "\u{B}"
    case UInt8(ascii: "f"): "\u{C}"
    case UInt8(ascii: "r"): "\r"
    case UInt8(ascii: "e"): "\u{1B}"
    case UInt8(ascii: " "): " "
    case UInt8(ascii: "\""): "\""
    case UInt8(ascii: "/"): "/"
    case UInt8(ascii: "\\"): "\\"
    case UInt8(ascii: "N"): "\u{85}"
    case UInt8(ascii: "_"): "\u{A0}"
    case UInt8(ascii: "L"): "\u{2028}"
    case UInt8(ascii: "P"): "\u{2029}"
    default: nil
    }
  }
}
