import EdgeJSON

/// Where the parts of a message stand in its bytes. One reader serves the full and the route-only decoding.
///
/// Members may come in any order and unknown ones are skipped, as Go does; a member that occurs twice is refused,
/// because Go takes the last one and a filter in between may have judged the first.
struct MessageLayout: Hashable, Sendable {
  /// The body of a string between its quotes.
  struct Text: Hashable, Sendable {
    var lower: Int32 = 0
    var upper: Int32 = 0
    var hasEscapes = false
  }

  enum ContentReading {
    /// The content is checked in full: valid JSON within the depth limit.
    case validated
    /// Only the end of the content is looked for, see ``StructuralScan``.
    case bounded
  }

  var id = Text()
  var parentID = Text()
  var timestampMilliseconds: Int64 = 0
  var resourceVersion = Text()
  var sync = false
  var type = Text()
  var source = Text()
  var destination = Text()
  var group = Text()
  var operation = Text()
  var resource = Text()
  /// Empty when the message has no content member.
  var content: Range<Int> = 0..<0

  init(of bytes: [UInt8], limits: MessageLimits, reading: ContentReading) throws(MessageError) {
    guard bytes.count <= min(limits.maximumBytes, Int(Int32.max)) else {
      throw MessageError(
        code: .tooLarge, message: "\(bytes.count) bytes, the limit is \(limits.maximumBytes)", offset: 0)
    }
    if try readGoForm(bytes, limits: limits, reading: reading) { return }
    self = MessageLayout()
    var scanner = JSONScanner(bytes, limits: limits.json)
    do throws(JSONError) {
      try read(&scanner, reading: reading)
    } catch {
      throw MessageError(error, start: scanner.start)
    }
  }

  private init() {}

  /// The quick way; false when the message is not in ``GoForm`` or goes on after its content.
  private mutating func readGoForm(
    _ bytes: [UInt8], limits: MessageLimits, reading: ContentReading
  ) throws(MessageError) -> Bool {
    guard let start = GoForm.head(of: bytes, into: &self) else { return false }
    var scanner = JSONScanner(bytes, range: start..<bytes.count, limits: limits.json)
    do throws(JSONError) {
      try readContent(&scanner, reading: reading)
      guard scanner.consume(JSONByte.closeBrace) else { return false }
      try scanner.finish()
    } catch {
      throw MessageError(error, start: scanner.start)
    }
    return true
  }

  private mutating func read(_ scanner: inout JSONScanner, reading: ContentReading) throws(JSONError) {
    try scanner.expect(JSONByte.openBrace)
    var seen = SeenMembers()
    while try scanner.hasMember(after: seen.isEmpty) {
      let key = try scanner.key()
      if scanner.says("header", key) {
        try seen.mark(0, in: scanner, at: key)
        try readHeader(&scanner)
      } else if scanner.says("route", key) {
        try seen.mark(1, in: scanner, at: key)
        try readRoute(&scanner)
      } else if scanner.says("content", key) {
        try seen.mark(2, in: scanner, at: key)
        try readContent(&scanner, reading: reading)
      } else {
        seen.markUnknown()
        try scanner.skipValue()
      }
    }
    try scanner.finish()
  }

  private mutating func readContent(_ scanner: inout JSONScanner, reading: ContentReading) throws(JSONError) {
    let next = scanner.peek()
    let first = scanner.position
    guard case .bounded = reading, next == JSONByte.openBrace || next == JSONByte.openBracket,
      let end = StructuralScan.endOfContainer(in: scanner.bytes, from: first, end: scanner.end)
    else {
      content = try scanner.skipValue()
      return
    }
    content = first..<end
    scanner = JSONScanner(scanner.bytes, range: end..<scanner.end, limits: scanner.limits)
  }

  private mutating func readHeader(_ scanner: inout JSONScanner) throws(JSONError) {
    guard try scanner.entersObject() else { return }
    var seen = SeenMembers()
    while try scanner.hasMember(after: seen.isEmpty) {
      let key = try scanner.key()
      if scanner.says("msg_id", key) {
        try seen.mark(0, in: scanner, at: key)
        id = try scanner.text()
      } else if scanner.says("parent_msg_id", key) {
        try seen.mark(1, in: scanner, at: key)
        parentID = try scanner.text()
      } else if scanner.says("timestamp", key) {
        try seen.mark(2, in: scanner, at: key)
        if try !scanner.consumeNull() { timestampMilliseconds = try scanner.readInteger() }
      } else if scanner.says("resourceversion", key) {
        try seen.mark(3, in: scanner, at: key)
        resourceVersion = try scanner.text()
      } else if scanner.says("sync", key) {
        try seen.mark(4, in: scanner, at: key)
        if try !scanner.consumeNull() { sync = try scanner.readBool() }
      } else if scanner.says("type", key) {
        try seen.mark(5, in: scanner, at: key)
        type = try scanner.text()
      } else {
        seen.markUnknown()
        try scanner.skipValue()
      }
    }
  }

  private mutating func readRoute(_ scanner: inout JSONScanner) throws(JSONError) {
    guard try scanner.entersObject() else { return }
    var seen = SeenMembers()
    while try scanner.hasMember(after: seen.isEmpty) {
      let key = try scanner.key()
      if scanner.says("source", key) {
        try seen.mark(0, in: scanner, at: key)
        source = try scanner.text()
      } else if scanner.says("group", key) {
        try seen.mark(1, in: scanner, at: key)
        group = try scanner.text()
      } else if scanner.says("operation", key) {
        try seen.mark(2, in: scanner, at: key)
        operation = try scanner.text()
      } else if scanner.says("resource", key) {
        try seen.mark(3, in: scanner, at: key)
        resource = try scanner.text()
      } else if scanner.says("destination", key) {
        try seen.mark(4, in: scanner, at: key)
        destination = try scanner.text()
      } else {
        seen.markUnknown()
        try scanner.skipValue()
      }
    }
  }
}

extension MessageLimits {
  var json: JSONLimits {
    JSONLimits(maximumDepth: maximumDepth, maximumBytes: maximumBytes)
  }
}

extension MessageError {
  init(_ error: JSONError, start: Int) {
    let code: Code =
      switch error.code {
      case .duplicateKey: .duplicateMember
      case .depthExceeded: .tooDeep
      case .sizeExceeded: .tooLarge
      default: .malformed
      }
    self.init(code: code, message: error.message, offset: start + error.offset)
  }
}
