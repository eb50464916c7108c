import EdgeJSON

// Flow collections: `[a, b]` and `{a: b}`, on one line or several. Indentation means nothing in them.
extension ManifestScanner {
  /// Reads a flow collection; `position` moves behind its closing bracket.
  ///
  /// - Parameter recordsItems: the elements are those of the root's member `items`.
  mutating func flowCollection(recordsItems: Bool = false) throws(Refusal) -> JSONValue {
    try enter()
    try countValue()
    let isList = bytes[position] == UInt8(ascii: "[")
    position &+= 1
    let value = isList ? try flowSequence(recordsItems: recordsItems) : try flowMapping()
    depth &-= 1
    return value
  }

  private mutating func flowSequence(recordsItems: Bool) throws(Refusal) -> JSONValue {
    var elements: [JSONValue] = []
    while true {
      try skipFlowBlanks()
      if bytes[position] == UInt8(ascii: "]") { break }
      if recordsItems { itemStarts.append(position) }
      elements.append(try flowNode())
      try skipFlowBlanks()
      switch bytes[position] {
      case UInt8(ascii: ","): position &+= 1
      case UInt8(ascii: "]"): break
      case UInt8(ascii: ":"): throw unsupported("a pair in a list")
      default: throw malformed("did not find expected ',' or ']'")
      }
    }
    position &+= 1
    return .array(elements)
  }

  private mutating func flowMapping() throws(Refusal) -> JSONValue {
    var object = JSONObject()
    while true {
      try skipFlowBlanks()
      if bytes[position] == UInt8(ascii: "}") { break }
      let start = position
      let key = try flowKey()
      var value = JSONValue.null
      if bytes[position] == UInt8(ascii: ":") {
        position &+= 1
        try skipFlowBlanks()
      }
      if bytes[position] == UInt8(ascii: ",") || bytes[position] == UInt8(ascii: "}") {
        try countValue()
      } else {
        value = try flowNode()
        try skipFlowBlanks()
      }
      if !object.insert(key, value) { throw duplicateKey(key, at: start) }
      switch bytes[position] {
      case UInt8(ascii: ","): position &+= 1
      case UInt8(ascii: "}"): break
      default: throw malformed("did not find expected ',' or '}'")
      }
    }
    position &+= 1
    return .object(object)
  }

  /// Reads a key and moves to the colon, the comma or the bracket behind it.
  private mutating func flowKey() throws(Refusal) -> String {
    let start = position
    let line = lineStart
    let key: String
    switch bytes[start] {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): key = try quotedScalar()
    case UInt8(ascii: "{"), UInt8(ascii: "["): throw unsupported("a key that is no scalar")
    default:
      let (end, folded) = try plainInFlow()
      if folded != nil { throw unsupported("a key of several lines") }
      key = try self.key(start, end)
    }
    if position &- start > Self.maximumKeyBytes { throw unsupported("a long key") }
    try skipFlowBlanks()
    switch bytes[position] {
    case UInt8(ascii: ":"): if lineStart != line { throw unsupported("a key of several lines") }
    case UInt8(ascii: ","), UInt8(ascii: "}"): break
    default: throw malformed("did not find expected ',' or '}'")
    }
    return key
  }

  private mutating func flowNode() throws(Refusal) -> JSONValue {
    switch bytes[position] {
    case UInt8(ascii: "{"), UInt8(ascii: "["): return try flowCollection()
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      try countValue()
      return .string(try quotedScalar())
    default:
      try countValue()
      let start = position
      let (end, folded) = try plainInFlow()
      if let folded { return .string(folded) }
      return try plainValue(start, end)
    }
  }

  /// Moves behind a plain scalar. Returns where it ends, or its text when it stands on several lines.
  private mutating func plainInFlow() throws(Refusal) -> (end: Int, folded: String?) {
    try checkPlainStart()
    switch bytes[position] {
    case UInt8(ascii: "?"), UInt8(ascii: ":"): throw unsupported("a complex key")
    case UInt8(ascii: "|"), UInt8(ascii: ">"): throw malformed("found character that cannot start any token")
    case UInt8(ascii: "-") where isBlankOrEnd(bytes[position &+ 1]):
      throw malformed("block sequence entries are not allowed in this context")
    default: break
    }
    let start = position
    let end = try plainEndInFlow()
    guard bytes[position] == 0x0A else { return (end, nil) }
    scratch.removeAll(keepingCapacity: true)
    append(start, end)
    var isFolded = false
    while bytes[position] == 0x0A {
      var lineFeeds = 0
      while bytes[position] == 0x0A {
        lineFeeds &+= 1
        try nextFlowLine()
        if bytes[position] == 0x09 { throw unsupported("a tab where a line begins") }
      }
      let lineBegin = position
      if bytes[position] == UInt8(ascii: "#") { break }
      let lineEnd = try plainEndInFlow()
      if lineEnd == lineBegin { break }
      isFolded = true
      fold(lineFeeds)
      append(lineBegin, lineEnd)
    }
    return (end, isFolded ? String(decoding: scratch, as: UTF8.self) : nil)
  }

  private mutating func plainEndInFlow() throws(Refusal) -> Int {
    let start = position
    scan: while true {
      switch bytes[position] {
      case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"), 0x0A, 0:
        break scan
      case UInt8(ascii: ":"):
        let next = bytes[position &+ 1]
        if isBlankOrEnd(next) { break scan }
        if ",?[]{}".utf8.contains(next) { throw malformed("found unexpected ':'") }
      case UInt8(ascii: "#"):
        if position > start, bytes[position &- 1] == 0x20 || bytes[position &- 1] == 0x09 { break scan }
      default: break
      }
      position &+= 1
    }
    return trimmingBlanks(from: start, to: position)
  }

  /// Passes blanks, line feeds and comments.
  private mutating func skipFlowBlanks() throws(Refusal) {
    var start = position
    while true {
      skipBlanks()
      switch bytes[position] {
      case 0x0A:
        try nextFlowLine()
        start = lineStart &- 1
      case UInt8(ascii: "#"):
        if position == start { throw unsupported("a comment without a blank before it") }
        skipComment()
      case 0: throw malformed("unexpected end of the text in a flow collection")
      default: return
      }
    }
  }

  /// Moves behind a line feed and the spaces that follow it.
  private mutating func nextFlowLine() throws(Refusal) {
    position &+= 1
    lineStart = position
    if bytes[position] == UInt8(ascii: "%") || isMarker(0x2D) || isMarker(0x2E) {
      throw unsupported("a directive or a marker in a flow collection")
    }
    while bytes[position] == 0x20 { position &+= 1 }
  }
}
