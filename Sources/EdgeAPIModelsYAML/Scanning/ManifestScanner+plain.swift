import EdgeJSON

// Plain scalars: texts without quotes, on one line or folded over several.
extension ManifestScanner {
  /// Refuses what cannot begin a plain scalar in a block.
  func checkPlainStart() throws(Refusal) {
    switch bytes[position] {
    case UInt8(ascii: "&"), UInt8(ascii: "*"): throw unsupported("an anchor or an alias")
    case UInt8(ascii: "!"): throw unsupported("a tag")
    case UInt8(ascii: "?") where isBlankOrEnd(bytes[position &+ 1]): throw unsupported("a complex key")
    case UInt8(ascii: ":") where isBlankOrEnd(bytes[position &+ 1]): throw unsupported("an empty key")
    case UInt8(ascii: "%"), UInt8(ascii: "@"), UInt8(ascii: "`"):
      throw malformed("found character that cannot start any token")
    case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"): throw malformed("did not find expected node content")
    default: break
    }
  }

  /// Moves over the part of a plain scalar that stands on this line: to the colon behind a key, to a comment or to the
  /// end of the line. Returns where the text ends, without the blanks behind it.
  mutating func plainEnd() -> Int {
    let start = position
    var cursor = position
    scan: while true {
      let byte = bytes[cursor]
      // Nothing above the colon ends a plain scalar in a block.
      if byte <= UInt8(ascii: ":") {
        switch byte {
        case UInt8(ascii: ":"): if isBlankOrEnd(bytes[cursor &+ 1]) { break scan }
        case UInt8(ascii: "#"):
          if cursor > start, bytes[cursor &- 1] == 0x20 || bytes[cursor &- 1] == 0x09 { break scan }
        case 0x0A, 0: break scan
        default: break
        }
      }
      cursor &+= 1
    }
    position = cursor
    return trimmingBlanks(from: start, to: cursor)
  }

  func trimmingBlanks(from start: Int, to end: Int) -> Int {
    var end = end
    while end > start, bytes[end &- 1] == 0x20 || bytes[end &- 1] == 0x09 { end &-= 1 }
    return end
  }

  /// Finishes a plain scalar whose first line has been passed with ``plainEnd()``.
  mutating func plainScalar(from start: Int, to end: Int) throws(Refusal) -> JSONValue {
    try countValue()
    if bytes[position] == UInt8(ascii: "#") {
      skipComment()
      try nextToken()
      return try plainValue(start, end)
    }
    var (lineFeeds, hasComment) = try nextToken()
    if column <= indentation { return try plainValue(start, end) }
    scratch.removeAll(keepingCapacity: true)
    append(start, end)
    while column > indentation {
      if hasComment { throw malformed("unexpected text behind a value") }
      fold(lineFeeds)
      let lineBegin = position
      let lineEnd = plainEnd()
      append(lineBegin, lineEnd)
      switch bytes[position] {
      case UInt8(ascii: ":"): throw malformed("mapping values are not allowed in this context")
      case UInt8(ascii: "#"):
        skipComment()
        try nextToken()
        return .string(String(decoding: scratch, as: UTF8.self))
      default: (lineFeeds, hasComment) = try nextToken()
      }
    }
    // A text with a blank in it is no number and no word.
    return .string(String(decoding: scratch, as: UTF8.self))
  }

  mutating func append(_ start: Int, _ end: Int) {
    // Sound: both places were reached by scanning the buffer.
    scratch.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<end]))
  }

  /// One line feed between two lines of a text is a blank, more of them are one less.
  mutating func fold(_ lineFeeds: Int) {
    if lineFeeds == 1 {
      scratch.append(0x20)
    } else {
      scratch.append(contentsOf: repeatElement(0x0A, count: lineFeeds &- 1))
    }
  }

  /// What a plain text means.
  func plainValue(_ start: Int, _ end: Int) throws(Refusal) -> JSONValue {
    if isText(start, end) { return .string(string(start, end)) }
    if let integer = shortInteger(start, end) { return .integer(integer) }
    guard let value = YAMLScalar.value(ofPlain: string(start, end)) else {
      throw malformed("no number that JSON can hold", at: start)
    }
    return value
  }

  /// The key that a plain text says.
  func key(_ start: Int, _ end: Int) throws(Refusal) -> String {
    if isText(start, end) {
      if end &- start == 2, bytes[start] == UInt8(ascii: "<"), bytes[start &+ 1] == UInt8(ascii: "<") {
        throw unsupported("a merge", at: start)
      }
      return string(start, end)
    }
    guard let key = YAMLScalar.key(ofPlain: string(start, end)) else {
      throw malformed("a key must not be null", at: start)
    }
    return key
  }

  /// Whether a plain text surely is neither a word such as `yes` nor a number; most are decided by their first byte.
  private func isText(_ start: Int, _ end: Int) -> Bool {
    switch bytes[start] {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      for place in start..<end where !YAMLScalar.isNumberPart(bytes[place]) { return true }
      return false
    case let first: return !YAMLScalar.canBeWord(first: first, count: end &- start)
    }
  }

  /// A decimal number of up to 18 digits without sign and leading zero.
  private func shortInteger(_ start: Int, _ end: Int) -> Int64? {
    guard end &- start <= 18, bytes[start] != UInt8(ascii: "0") || end &- start == 1 else { return nil }
    var value: Int64 = 0
    for place in start..<end {
      let digit = bytes[place] &- UInt8(ascii: "0")
      if digit > 9 { return nil }
      value = value &* 10 &+ Int64(digit)
    }
    return value
  }
}
