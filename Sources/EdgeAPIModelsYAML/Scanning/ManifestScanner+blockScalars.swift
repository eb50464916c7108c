// Literal (`|`) and folded (`>`) block scalars.
extension ManifestScanner {
  private enum Chomping { case strip, clip, keep }

  /// Reads a block scalar from its sign on, and moves to the token that follows it.
  mutating func blockScalar() throws(Refusal) -> String {
    let isLiteral = bytes[position] == UInt8(ascii: "|")
    position &+= 1
    let (chomping, increment) = try blockHeader()
    // The indentation of the text; 0 as long as its first line has not said it.
    var margin = increment > 0 ? max(indentation, 0) &+ increment : 0
    // Line feeds that count only when more text follows: that of the last line, and those of empty lines behind it.
    var hasLineFeed = false
    var emptyLines = 0
    var isIndented = false
    scratch.removeAll(keepingCapacity: true)
    try emptyLinesOfBlock(&margin, &emptyLines)
    while position &- lineStart == margin, bytes[position] != 0 {
      let wasIndented = isIndented
      isIndented = bytes[position] == 0x20 || bytes[position] == 0x09
      if !isLiteral, hasLineFeed, !wasIndented, !isIndented {
        if emptyLines == 0 { scratch.append(0x20) }
      } else if hasLineFeed {
        scratch.append(0x0A)
      }
      appendLineFeeds(emptyLines)
      emptyLines = 0
      let start = position
      skipComment()  // That is, to the end of the line.
      append(start, position)
      hasLineFeed = bytes[position] == 0x0A
      if hasLineFeed {
        position &+= 1
        lineStart = position
      }
      try emptyLinesOfBlock(&margin, &emptyLines)
    }
    if chomping != .strip, hasLineFeed { scratch.append(0x0A) }
    if chomping == .keep { appendLineFeeds(emptyLines) }
    let text = String(decoding: scratch, as: UTF8.self)
    if bytes[position] == 0 {
      column = -1
    } else {
      position = lineStart
      try beginLine()
    }
    return text
  }

  /// Reads what follows the sign: chomping and indentation in either order, a comment, the end of the line.
  private mutating func blockHeader() throws(Refusal) -> (Chomping, increment: Int) {
    var chomping: Chomping?
    var increment = 0
    header: while true {
      switch bytes[position] {
      case UInt8(ascii: "+") where chomping == nil: chomping = .keep
      case UInt8(ascii: "-") where chomping == nil: chomping = .strip
      case UInt8(ascii: "0"): throw malformed("found an indentation indicator equal to 0")
      case UInt8(ascii: "1")...UInt8(ascii: "9") where increment == 0:
        increment = Int(bytes[position] &- UInt8(ascii: "0"))
      default: break header
      }
      position &+= 1
    }
    skipBlanks()
    if bytes[position] == UInt8(ascii: "#") { skipComment() }
    switch bytes[position] {
    case 0x0A:
      position &+= 1
      lineStart = position
    case 0: break
    default: throw malformed("did not find expected comment or line break")
    }
    return (chomping ?? .clip, increment)
  }

  /// Passes lines of blanks only, and the indentation of the line behind them, which says the margin if nothing else has.
  private mutating func emptyLinesOfBlock(_ margin: inout Int, _ emptyLines: inout Int) throws(Refusal) {
    if bytes[position] == 0 { return }
    var widest = 0
    while true {
      while margin == 0 || position &- lineStart < margin, bytes[position] == 0x20 { position &+= 1 }
      let width = position &- lineStart
      widest = max(widest, width)
      if bytes[position] == 0x09, margin == 0 || width < margin {
        throw malformed("found a tab character where an indentation space is expected")
      }
      if bytes[position] != 0x0A { break }
      emptyLines &+= 1
      position &+= 1
      lineStart = position
    }
    if margin == 0 { margin = max(widest, indentation &+ 1, 1) }
  }

  private mutating func appendLineFeeds(_ count: Int) {
    if count > 0 { scratch.append(contentsOf: repeatElement(0x0A, count: count)) }
  }
}
