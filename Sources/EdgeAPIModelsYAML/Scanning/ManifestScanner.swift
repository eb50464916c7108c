import EdgeJSON

/// Reads one YAML document as manifests are written, straight from its bytes to a JSON value.
///
/// It knows block mappings and sequences, flow collections, plain, quoted and block scalars and comments. Whatever else
/// YAML has (anchors and aliases, tags, complex keys, directives, tabs as indentation) it refuses as ``Refusal/Kind/unsupported``
/// and leaves to the complete reader. Its contract: a value that it gives is the value that libyaml and the rules of
/// ``YAMLScalar`` give, and what it calls malformed libyaml refuses too. Where the two could differ, it refuses.
///
/// The grammar is libyaml's (YAML 1.1 with its limits), not that of the specification: a key is at most one line of about
/// a thousand bytes, a mapping ends where a line begins left of it, and a line that begins right of it is an error.
/// Time is linear in the length of the text; the stack is bounded by ``maximumDepth``.
struct ManifestScanner {
  /// Collections inside one another; the complete reader has the same bound. Measured for this depth: under 3 MiB of stack
  /// in a debug build, under 768 KiB in a release build.
  static let maximumDepth = 512
  static let maximumValues = 2_000_000
  /// Longer keys are left to the complete reader: libyaml allows 1024 characters.
  static let maximumKeyBytes = 1_000

  /// The document without carriage returns, and a zero behind it. Sound: a document has no other zero (see
  /// ``DocumentBytes``), and no function looks behind a byte before it has seen that this byte is none.
  let bytes: UnsafeBufferPointer<UInt8>
  /// The next byte to be read.
  var position = 0
  /// Where the line of `position` begins.
  var lineStart = 0
  /// The column of the token at `position`, after ``nextToken()``; -1 at the end of the document.
  var column = -1
  /// The column of the innermost block collection, -1 outside all.
  var indentation = -1
  var depth = 0
  var values = 0
  private var hasEndMarker = false
  /// Texts that are not one piece of the document are put together here.
  var scratch: [UInt8] = []
  /// Where the root begins, and the elements of its member `items`.
  var rootStart = 0
  var itemStarts: [Int] = []

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The value of the document; nil when there is none.
  mutating func document() throws(Refusal) -> JSONValue? {
    if passMarker() {
      guard bytes[position] == 0x0A || bytes[position] == 0 else { throw unsupported("text behind a document marker") }
      try nextToken()
    } else {
      try beginLine()
      if hasEndMarker { throw malformed("did not find expected node content") }
    }
    if column < 0 { return nil }
    rootStart = position
    let value = try blockNode()
    if column >= 0 { throw malformed("did not find the end of the document") }
    return value
  }

  /// Moves behind the marker that begins the document and the comment behind it, if there is one. Comments may stand
  /// before it; directives are left to the complete reader.
  private mutating func passMarker() -> Bool {
    while bytes[position] == UInt8(ascii: "#") || bytes[position] == 0x0A {
      skipComment()
      if bytes[position] == 0x0A { position &+= 1 }
    }
    guard isMarker(0x2D) else {
      position = 0
      return false
    }
    position &+= 3
    skipBlanks()
    if bytes[position] == UInt8(ascii: "#") { skipComment() }
    return true
  }

  // MARK: Lines

  /// Passes what may follow a value on its line, a comment at most, and moves to the next token.
  mutating func endLine() throws(Refusal) {
    let start = position
    skipBlanks()
    switch bytes[position] {
    case 0x0A, 0: break
    case UInt8(ascii: "#"):
      if position == start { throw unsupported("a comment without a blank before it") }
      skipComment()
    default: throw malformed("unexpected text behind a value")
    }
    try nextToken()
  }

  /// Moves from the end of a line to the next token in a line below. Returns the number of line feeds passed, and
  /// whether there was a comment among them.
  @discardableResult
  mutating func nextToken() throws(Refusal) -> (lineFeeds: Int, hasComment: Bool) {
    guard bytes[position] == 0x0A else {
      column = -1
      return (0, false)
    }
    position &+= 1
    let (lineFeeds, hasComment) = try beginLine()
    return (lineFeeds &+ 1, hasComment)
  }

  /// The same from the beginning of a line.
  @discardableResult
  mutating func beginLine() throws(Refusal) -> (lineFeeds: Int, hasComment: Bool) {
    var lineFeeds = 0
    var hasComment = false
    while true {
      lineStart = position
      while bytes[position] == 0x20 { position &+= 1 }
      switch bytes[position] {
      case UInt8(ascii: "#"):
        hasComment = true
        skipComment()
        if bytes[position] == 0 { continue }
      case 0x0A: break
      case 0x09: throw unsupported("a tab where a line begins")
      case 0:
        column = -1
        return (lineFeeds, hasComment)
      default:
        column = position &- lineStart
        if column == 0 { try passFirstColumn() }
        return (lineFeeds, hasComment)
      }
      position &+= 1
      lineFeeds &+= 1
    }
  }

  /// Directives and markers stand in the first column only.
  private mutating func passFirstColumn() throws(Refusal) {
    switch bytes[position] {
    case UInt8(ascii: "%"): throw unsupported("a directive")
    case UInt8(ascii: "-") where isMarker(0x2D): throw unsupported("a document marker")
    case UInt8(ascii: ".") where isMarker(0x2E): try passEndMarker()
    default: break
    }
  }

  /// Nothing but blanks and comments may follow the marker that ends a document.
  private mutating func passEndMarker() throws(Refusal) {
    position &+= 3
    skipBlanks()
    while bytes[position] != 0 {
      // Below the marker a tab is an error.
      while bytes[position] == 0x20 { position &+= 1 }
      if bytes[position] == UInt8(ascii: "#") { skipComment() }
      guard bytes[position] == 0x0A else {
        if bytes[position] == 0 { break }
        throw unsupported("text behind the end marker of a document")
      }
      position &+= 1
    }
    hasEndMarker = true
    column = -1
  }

  /// Whether three of `sign` and a blank stand at `position`.
  func isMarker(_ sign: UInt8) -> Bool {
    bytes[position] == sign && bytes[position &+ 1] == sign && bytes[position &+ 2] == sign
      && isBlankOrEnd(bytes[position &+ 3])
  }

  mutating func skipBlanks() {
    while bytes[position] == 0x20 || bytes[position] == 0x09 { position &+= 1 }
  }

  mutating func skipComment() {
    while bytes[position] != 0x0A, bytes[position] != 0 { position &+= 1 }
  }

  /// Space, tab, line feed or the end.
  @inline(__always)
  func isBlankOrEnd(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0 }

  // MARK: Bounds and errors

  mutating func enter() throws(Refusal) {
    depth &+= 1
    if depth > Self.maximumDepth { throw Refusal(.limit, "more than \(Self.maximumDepth) nested values", at: position) }
  }

  mutating func countValue() throws(Refusal) {
    values &+= 1
    if values > Self.maximumValues { throw Refusal(.limit, "more than \(Self.maximumValues) values", at: position) }
  }

  func string(_ start: Int, _ end: Int) -> String {
    // Sound: both places were reached by scanning the buffer, and the slice does not outlive this call.
    String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<end]), as: UTF8.self)
  }

  @inline(never)
  func unsupported(_ construct: StaticString, at place: Int? = nil) -> Refusal {
    Refusal(.unsupported, "\(construct)", at: place ?? position)
  }
  @inline(never)
  func malformed(_ problem: StaticString, at place: Int? = nil) -> Refusal {
    Refusal(.malformed, "\(problem)", at: place ?? position)
  }
  @inline(never)
  func duplicateKey(_ key: String, at place: Int) -> Refusal {
    Refusal(.malformed, "duplicate key \"\(key.prefix(80))\"", at: place)
  }
}
