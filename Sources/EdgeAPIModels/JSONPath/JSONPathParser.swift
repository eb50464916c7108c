import EdgeJSON

/// Reads a template.
///
/// ```
/// template = { text | "{" action "}" }
/// action   = { "." name | ".." [ name ] | "[" index "]" | "[?(" filter ")]" | quoted | number | word | "@" | "$" | " " }
/// ```
struct JSONPathParser {
  let bytes: [UInt8]
  private(set) var position = 0
  /// Behind the text that is being read: of the template, or of the part in brackets.
  private var end: Int

  private static let maximumBytes = 64 << 10
  private static let maximumRangeDepth = 16

  private enum Word {
    case range, end
  }

  init(_ template: String) throws(JSONPathError) {
    bytes = Array(template.utf8)
    end = bytes.count
    if bytes.count > Self.maximumBytes {
      throw JSONPathError(.limitExceeded, "a template of \(bytes.count) bytes, more than \(Self.maximumBytes)")
    }
  }

  mutating func template() throws(JSONPathError) -> [JSONPathBlock] {
    /// The blocks before each open range and its expression.
    var open: [(blocks: [JSONPathBlock], nodes: [JSONPathNode])] = []
    var blocks: [JSONPathBlock] = []
    while position < end {
      let start = position
      if bytes[position] != UInt8(ascii: "{") {
        while position < end, bytes[position] != UInt8(ascii: "{") { position += 1 }
        blocks.append(.text(String(decoding: bytes[start..<position], as: UTF8.self)))
        continue
      }
      position += 1
      var word: Word?
      let nodes = try action(isNested: false, word: &word)
      switch word {
      case nil: blocks.append(.action(nodes))
      case .range:
        if open.count == Self.maximumRangeDepth {
          throw JSONPathError(.limitExceeded, "more than \(Self.maximumRangeDepth) nested ranges", offset: start)
        }
        open.append((blocks, nodes))
        blocks = []
      case .end:
        guard let range = open.popLast() else { throw error("not in a range, nothing to end", at: start) }
        blocks = range.blocks + [.range(range.nodes, body: blocks)]
      }
    }
    if !open.isEmpty { throw error("a range without its {end}", at: end) }
    return blocks
  }

  func error(_ message: String, at offset: Int? = nil) -> JSONPathError {
    JSONPathError(.syntax, message, offset: offset ?? position)
  }

  /// Reads to the closing brace, or to the end of a nested part.
  private mutating func action(isNested: Bool, word: inout Word?) throws(JSONPathError) -> [JSONPathNode] {
    var nodes: [JSONPathNode] = []
    while position < end {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "}") where !isNested:
        position += 1
        return nodes
      case UInt8(ascii: " "), UInt8(ascii: "@"), UInt8(ascii: "$"): position += 1
      case UInt8(ascii: "["): nodes += try brackets()
      case UInt8(ascii: "."):
        position += 1
        if position < end, bytes[position] == UInt8(ascii: ".") {
          position += 1
          if nodes.last == .recursive { throw error("two recursive descents in a row", at: position - 2) }
          nodes.append(.recursive)
          if position < end, Self.isWord(bytes[position]) { nodes.append(field()) }
        } else {
          nodes.append(field())
        }
      case UInt8(ascii: "\""), UInt8(ascii: "'"): nodes.append(.text(try quoted()))
      case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        nodes.append(.literal(try number()))
      case _ where Self.isWord(byte): try readWord(isNested, &nodes, &word)
      default: throw error("unexpected \(String(decoding: [byte], as: UTF8.self)) in an expression")
      }
    }
    if !isNested { throw error("an expression without its closing brace") }
    return nodes
  }

  /// Reads a part of the template as if it stood in braces.
  mutating func nested(_ range: Range<Int>, startingWithField: Bool = false) throws(JSONPathError) -> [JSONPathNode] {
    let (outerPosition, outerEnd) = (position, end)
    (position, end) = (range.lowerBound, range.upperBound)
    var word: Word?
    let first = startingWithField ? [field()] : []
    let nodes = try action(isNested: true, word: &word)
    (position, end) = (outerPosition, outerEnd)
    return first + nodes
  }

  private mutating func readWord(
    _ isNested: Bool, _ nodes: inout [JSONPathNode], _ word: inout Word?
  ) throws(JSONPathError) {
    let start = position
    while position < end, !Self.isTerminator(bytes[position]) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    switch text {
    case "true": nodes.append(.literal(true))
    case "false": nodes.append(.literal(false))
    case "range" where !isNested && word == nil: word = .range
    case "end" where !isNested && word == nil && nodes.isEmpty: word = .end
    default: throw error("unexpected word \(text)", at: start)
    }
  }

  private mutating func field() -> JSONPathNode {
    let start = position
    while position < end, !Self.isTerminator(bytes[position]) {
      // A backslash takes the next byte into the name; of a longer character the rest is taken anyway.
      position = min(end, position + (bytes[position] == UInt8(ascii: "\\") ? 2 : 1))
    }
    let name = bytes[start..<position].filter { $0 != UInt8(ascii: "\\") }
    if name.elementsEqual([UInt8(ascii: "*")]), position - start == 1 { return .wildcard }
    return .field(String(decoding: name, as: UTF8.self))
  }

  private mutating func number() throws(JSONPathError) -> JSONValue {
    let start = position
    position += 1
    while position < end, Self.isDigit(bytes[position]) || bytes[position] == UInt8(ascii: ".") { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if let integer = Int64(text) { return .integer(integer) }
    if let number = Double(text).flatMap(JSONNumber.init) { return .number(number) }
    throw error("\(text) is not a number", at: start)
  }

  private mutating func quoted() throws(JSONPathError) -> String {
    let start = position
    let quote = bytes[position]
    position += 1
    while true {
      guard position < end, bytes[position] != UInt8(ascii: "\n") else { throw error("a quoted text without its end") }
      position += 1
      if bytes[position - 1] == quote, bytes[position - 2] != UInt8(ascii: "\\") { break }
    }
    guard let text = GoQuoting.unquoted(bytes[(start + 1)..<(position - 1)], quote: quote) else {
      throw error("an escape that Go does not have", at: start)
    }
    return text
  }

  mutating func skip(to offset: Int) { position = offset }

  var remaining: Range<Int> { position..<end }

  static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), 0x80...: true
    default: isDigit(byte)
    }
  }

  private static func isTerminator(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"), UInt8(ascii: "."),
      UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "$"), UInt8(ascii: "@"),
      UInt8(ascii: "{"), UInt8(ascii: "}"):
      true
    default: false
    }
  }
}
