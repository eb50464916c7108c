import EdgeJSON

extension JSONPathParser {
  /// Reads `[…]`, whose bracket is known to be there.
  mutating func brackets() throws(JSONPathError) -> [JSONPathNode] {
    if bytes[remaining].starts(with: "[?(".utf8) { return [.filter(try filter())] }
    let start = position + 1
    guard let close = bytes[remaining].firstIndex(where: { $0 == UInt8(ascii: "]") || $0 == UInt8(ascii: "\n") }),
      bytes[close] == UInt8(ascii: "]")
    else { throw error("an index without its closing bracket") }
    let parts = bytes[start..<close].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    skip(to: close + 1)
    if parts.count == 1 { return try index(start..<close) }
    var union: [[JSONPathNode]] = []
    for part in parts {
      var range = part.indices
      while let first = range.first, bytes[first] == UInt8(ascii: " ") { range = (first + 1)..<range.upperBound }
      while let last = range.last, bytes[last] == UInt8(ascii: " ") { range = range.lowerBound..<last }
      union.append(try index(range))
    }
    return [.union(union)]
  }

  /// `*`, `'name'` or `start:end:step`.
  private mutating func index(_ range: Range<Int>) throws(JSONPathError) -> [JSONPathNode] {
    let text = bytes[range]
    let quote = UInt8(ascii: "'")
    if text.elementsEqual("*".utf8) { return [.slice(JSONPathSlice(isIndex: false))] }
    if text.count > 1, text.first == quote, text.last == quote, !text.dropFirst().dropLast().contains(quote) {
      return try nested((range.lowerBound + 1)..<(range.upperBound - 1), startingWithField: true)
    }
    let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count <= 3 else { throw error("not an index of an array", at: range.lowerBound) }
    var numbers: [Int?] = []
    for part in parts {
      if part.isEmpty {
        numbers.append(nil)
        continue
      }
      // Without a plus sign, which upstream does not take.
      guard part.first != UInt8(ascii: "+"), let number = Int(String(decoding: part, as: UTF8.self)) else {
        throw error("not an index of an array", at: part.startIndex)
      }
      numbers.append(number)
    }
    let first = numbers.first ?? nil
    if numbers.count == 1 {
      let (behind, isTooLarge) = (first ?? 0).addingReportingOverflow(1)
      if isTooLarge { throw error("not an index of an array", at: range.lowerBound) }
      return [.slice(JSONPathSlice(start: first, end: behind, isIndex: true))]
    }
    let step = numbers.count > 2 ? numbers[2] : nil
    return [.slice(JSONPathSlice(start: first, end: numbers[1], isIndex: false, step: step))]
  }

  /// Reads `[?(…)]`. The first parenthesis outside of a quoted text closes it.
  private mutating func filter() throws(JSONPathError) -> JSONPathFilter {
    let start = position + 3
    var close = start
    var quote: UInt8?
    var isQuoteClosed = true
    while true {
      guard close < remaining.upperBound, bytes[close] != UInt8(ascii: "\n") else {
        throw error("a filter without its end")
      }
      let byte = bytes[close]
      if byte == UInt8(ascii: ")"), isQuoteClosed { break }
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        if quote == nil {
          (quote, isQuoteClosed) = (byte, false)
        } else if byte == quote, bytes[close - 1] != UInt8(ascii: "\\") {
          isQuoteClosed = true
        }
      }
      close += 1
    }
    guard close + 1 < remaining.upperBound, bytes[close + 1] == UInt8(ascii: "]") else {
      throw error("a filter ends with )]", at: close)
    }
    skip(to: close + 2)
    return try filter(start..<close)
  }

  private mutating func filter(_ range: Range<Int>) throws(JSONPathError) -> JSONPathFilter {
    let isOperator = { (byte: UInt8) in "!<>=".utf8.contains(byte) }
    guard let first = range.first(where: { isOperator(bytes[$0]) }), first > range.lowerBound else {
      return JSONPathFilter(left: try nested(range), comparison: nil, right: [])
    }
    let behind = (first..<range.upperBound).first { !isOperator(bytes[$0]) } ?? range.upperBound
    guard behind < range.upperBound,
      let comparison = JSONPathFilter.Comparison(rawValue: String(decoding: bytes[first..<behind], as: UTF8.self))
    else { throw error("not a comparison of two sides by ==, !=, <, <=, > or >=", at: first) }
    let left = try nested(range.lowerBound..<first)
    return JSONPathFilter(left: left, comparison: comparison, right: try nested(behind..<range.upperBound))
  }
}
