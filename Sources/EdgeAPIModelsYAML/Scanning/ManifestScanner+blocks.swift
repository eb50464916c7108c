import EdgeJSON

// Block collections. Every function that reads a value leaves the scanner at the token that follows it, with `column` set.
//
// libyaml distinguishes a list that is indented from one that stands as far left as its key. Here both are a list at its
// own column: all that depends on the difference is the number that `indentation` has, and it is the same.
extension ManifestScanner {
  /// Reads the value that begins at the token at `position`, where a key may begin too.
  mutating func blockNode() throws(Refusal) -> JSONValue {
    let start = position
    let column = position &- lineStart
    switch bytes[start] {
    case UInt8(ascii: "-") where isBlankOrEnd(bytes[start &+ 1]): return try blockSequence(at: column)
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      let line = lineStart
      let text = try quotedScalar()
      let end = position
      skipBlanks()
      guard bytes[position] == UInt8(ascii: ":"), isBlankOrEnd(bytes[position &+ 1]) else {
        position = end
        try countValue()
        try endLine()
        return .string(text)
      }
      if lineStart != line || end &- start > Self.maximumKeyBytes { throw unsupported("a long key") }
      position &+= 1
      return try blockMapping(at: column, firstKey: text, from: start)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      let value = try flowCollection()
      let end = position
      skipBlanks()
      if bytes[position] == UInt8(ascii: ":") { throw unsupported("a key that is no scalar") }
      position = end
      try endLine()
      return value
    case UInt8(ascii: "|"), UInt8(ascii: ">"):
      try countValue()
      return .string(try blockScalar())
    default:
      try checkPlainStart()
      let end = plainEnd()
      if bytes[position] == UInt8(ascii: ":") {
        let key = try self.key(plainFrom: start, to: end)
        return try blockMapping(at: column, firstKey: key, from: start)
      }
      return try plainScalar(from: start, to: end)
    }
  }

  /// - Parameters:
  ///   - firstKey: has been read; `position` is behind its colon.
  ///   - start: where it stands.
  private mutating func blockMapping(at column: Int, firstKey: String, from start: Int) throws(Refusal) -> JSONValue {
    try enter()
    try countValue()
    let outer = indentation
    indentation = column
    var object = JSONObject()
    var key = firstKey
    var keyStart = start
    while true {
      let value = try memberValue(recordsItems: depth == 1 && key == "items")
      if !object.insert(key, value) { throw duplicateKey(key, at: keyStart) }
      if self.column < column { break }
      if self.column > column { throw malformed("did not find expected key") }
      keyStart = position
      key = try blockKey()
    }
    indentation = outer
    depth &-= 1
    return .object(object)
  }

  private mutating func blockKey() throws(Refusal) -> String {
    let start = position
    switch bytes[start] {
    case UInt8(ascii: "-") where isBlankOrEnd(bytes[start &+ 1]): throw malformed("did not find expected key")
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      let line = lineStart
      let text = try quotedScalar()
      if lineStart != line || position &- start > Self.maximumKeyBytes { throw unsupported("a long key") }
      skipBlanks()
      guard bytes[position] == UInt8(ascii: ":"), isBlankOrEnd(bytes[position &+ 1]) else {
        throw malformed("could not find expected ':'")
      }
      position &+= 1
      return text
    case UInt8(ascii: "{"), UInt8(ascii: "["): throw unsupported("a key that is no scalar")
    case UInt8(ascii: "|"), UInt8(ascii: ">"): throw malformed("did not find expected key")
    default:
      try checkPlainStart()
      let end = plainEnd()
      guard bytes[position] == UInt8(ascii: ":") else { throw malformed("could not find expected ':'") }
      return try key(plainFrom: start, to: end)
    }
  }

  /// The key that a plain text says; `position` is at its colon and moves behind it.
  private mutating func key(plainFrom start: Int, to end: Int) throws(Refusal) -> String {
    if position &- start > Self.maximumKeyBytes { throw unsupported("a long key") }
    position &+= 1
    return try key(start, end)
  }

  /// Reads the value of a member; `position` is behind the colon.
  private mutating func memberValue(recordsItems: Bool) throws(Refusal) -> JSONValue {
    skipBlanks()
    let start = position
    switch bytes[start] {
    case UInt8(ascii: "#"):
      skipComment()
      return try valueBelow(recordsItems: recordsItems)
    case 0x0A, 0: return try valueBelow(recordsItems: recordsItems)
    case UInt8(ascii: "-") where isBlankOrEnd(bytes[start &+ 1]):
      throw malformed("block sequence entries are not allowed in this context")
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      let text = try quotedScalar()
      try countValue()
      try endLine()
      return .string(text)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      let value = try flowCollection(recordsItems: recordsItems)
      try endLine()
      return value
    case UInt8(ascii: "|"), UInt8(ascii: ">"):
      try countValue()
      return .string(try blockScalar())
    default:
      try checkPlainStart()
      let end = plainEnd()
      if bytes[position] == UInt8(ascii: ":") { throw malformed("mapping values are not allowed in this context") }
      return try plainScalar(from: start, to: end)
    }
  }

  /// The value of a member that has nothing on its own line.
  private mutating func valueBelow(recordsItems: Bool) throws(Refusal) -> JSONValue {
    try nextToken()
    // A list may stand as far left as its key.
    if column >= indentation, bytes[position] == UInt8(ascii: "-"), isBlankOrEnd(bytes[position &+ 1]) {
      return try blockSequence(at: column, recordsItems: recordsItems)
    }
    if column > indentation {
      return try recordsItems && bytes[position] == UInt8(ascii: "[") ? itemsInFlow() : blockNode()
    }
    try checkNothing()
    return .null
  }

  /// Counts a value that is not there. libyaml takes a block scalar for it that stands as far left as the collection.
  private mutating func checkNothing() throws(Refusal) {
    try countValue()
    if column == indentation, bytes[position] == UInt8(ascii: "|") || bytes[position] == UInt8(ascii: ">") {
      throw unsupported("a block scalar left of its place")
    }
  }

  private mutating func itemsInFlow() throws(Refusal) -> JSONValue {
    let value = try flowCollection(recordsItems: true)
    try endLine()
    return value
  }

  private mutating func blockSequence(at column: Int, recordsItems: Bool = false) throws(Refusal) -> JSONValue {
    try enter()
    try countValue()
    let outer = indentation
    indentation = column
    var elements: [JSONValue] = []
    while true {
      let dash = position
      position &+= 1
      while bytes[position] == 0x20 { position &+= 1 }
      var start = position
      switch bytes[position] {
      case 0x09: throw unsupported("a tab behind a dash")
      case UInt8(ascii: "#"), 0x0A, 0:
        if bytes[position] == UInt8(ascii: "#") { skipComment() }
        try nextToken()
        if self.column > column {
          start = position
          elements.append(try blockNode())
        } else {
          start = dash
          try checkNothing()
          elements.append(.null)
        }
      default: elements.append(try blockNode())
      }
      if recordsItems { itemStarts.append(start) }
      if self.column < column { break }
      if self.column > column { throw malformed("did not find expected '-' indicator") }
      // A list as far left as its key ends at the next key; whether this one does, the mapping around it knows.
      guard bytes[position] == UInt8(ascii: "-"), isBlankOrEnd(bytes[position &+ 1]) else { break }
    }
    indentation = outer
    depth &-= 1
    return .array(elements)
  }
}
