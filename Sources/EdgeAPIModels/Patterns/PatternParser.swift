/// Reads RE2's syntax by recursive descent: alternatives, sequences, repetitions, atoms.
struct PatternParser {
  static let maximumRepetition = 1000
  static let maximumDepth = 200

  struct Flags {
    var ignoresCase = false
    var isMultiline = false
    var dotMatchesNewline = false
  }

  let scalars: [Unicode.Scalar]
  var position = 0
  var flags = Flags()
  private var depth = 0

  init(_ source: String) { scalars = Array(source.unicodeScalars) }

  var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    position += 1
    return true
  }

  mutating func skip(text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard scalars[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  func error(_ message: String, _ code: PatternError.Code = .syntax) -> PatternError {
    PatternError(code: code, message: message, offset: position)
  }

  mutating func parse() throws(PatternError) -> PatternNode {
    let node = try alternatives()
    if next != nil { throw error("unexpected )") }
    return node
  }

  private mutating func alternatives() throws(PatternError) -> PatternNode {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.maximumDepth { throw error("nesting deeper than \(Self.maximumDepth)", .tooLarge) }
    var branches = [try sequence()]
    while skip("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func sequence() throws(PatternError) -> PatternNode {
    var nodes: [PatternNode] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      if skip(text: "\\Q") {
        let start = nodes.count
        while next != nil, !skip(text: "\\E") { nodes.append(.scalar(take())) }
        // A repetition behind the quotation belongs to its last scalar.
        if nodes.count > start { nodes.append(try repeated(nodes.removeLast())) }
        continue
      }
      guard let atom = try atom() else { continue }
      nodes.append(try repeated(atom))
    }
    return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
  }

  private mutating func take() -> ScalarClass {
    position += 1
    return ScalarClass(scalars[position - 1], ignoresCase: flags.ignoresCase)
  }

  /// One atom; nil when only flags were set.
  private mutating func atom() throws(PatternError) -> PatternNode? {
    switch next {
    case "(": return try group()
    case "[": return .scalar(try bracketClass())
    case "\\": return try escape()
    case ".":
      position += 1
      return .scalar(.any(includesNewline: flags.dotMatchesNewline))
    case "^":
      position += 1
      return .assertion(flags.isMultiline ? .lineStart : .textStart)
    case "$":
      position += 1
      return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
    case "*", "+", "?": throw error("missing argument to repetition operator")
    default: return .scalar(take())
    }
  }

  private mutating func group() throws(PatternError) -> PatternNode? {
    position += 1
    let outer = flags
    if skip("?") {
      if skip("=") || skip("!") || skip(text: "<=") || skip(text: "<!") { throw error("look-around", .unsupported) }
      if skip(text: "P<") || skip("<") {
        try groupName()
      } else {
        try readFlags()
        // `(?i)` holds until the end of the group around it.
        if skip(")") { return nil }
        guard skip(":") else { throw error("missing ) or : after flags") }
      }
    }
    let node = try alternatives()
    guard skip(")") else { throw error("missing closing )") }
    flags = outer
    return node
  }

  private mutating func groupName() throws(PatternError) {
    let start = position
    while let scalar = next, ScalarClass.word.contains(scalar) { position += 1 }
    if position == start || !skip(">") { throw error("invalid named capture") }
  }

  private mutating func readFlags() throws(PatternError) {
    var value = true
    while let scalar = next, scalar != ")", scalar != ":" {
      position += 1
      switch scalar {
      case "i": flags.ignoresCase = value
      case "m": flags.isMultiline = value
      case "s": flags.dotMatchesNewline = value
      case "U": break  // Swaps greedy and lazy, which makes no difference to whether there is a match.
      case "-" where value: value = false
      default: throw error("unknown flag")
      }
    }
  }

  private mutating func repeated(_ atom: PatternNode) throws(PatternError) -> PatternNode {
    guard let (minimum, maximum) = try repetition() else { return atom }
    _ = skip("?")
    let start = position
    if next == "*" || next == "+" || next == "?" { throw error("invalid nested repetition operator") }
    if next == "{", try repetition() != nil {
      position = start
      throw error("invalid nested repetition operator")
    }
    position = start
    let node = PatternNode.repetition(atom, minimum: minimum, maximum: maximum)
    if max(minimum, maximum ?? 0) > 1, !node.repeats(atMost: Self.maximumRepetition) {
      throw error("invalid repeat count", .tooLarge)
    }
    return node
  }

  /// The bounds of a repetition that begins here; braces that hold none are ordinary characters.
  private mutating func repetition() throws(PatternError) -> (minimum: Int, maximum: Int?)? {
    if skip("*") { return (0, nil) }
    if skip("+") { return (1, nil) }
    if skip("?") { return (0, 1) }
    let start = position
    guard skip("{"), let minimum = number() else {
      position = start
      return nil
    }
    var maximum: Int? = minimum
    if skip(",") { maximum = next == "}" ? nil : number() ?? -1 }
    guard skip("}"), maximum != -1 else {
      position = start
      return nil
    }
    if max(minimum, maximum ?? 0) > Self.maximumRepetition || (maximum ?? minimum) < minimum {
      position = start
      throw error("invalid repeat count", max(minimum, maximum ?? 0) > Self.maximumRepetition ? .tooLarge : .syntax)
    }
    return (minimum, maximum)
  }

  /// Digits; values beyond the maximum stay beyond it.
  private mutating func number() -> Int? {
    let start = position
    var value = 0
    while let scalar = next, ("0"..."9").contains(scalar) {
      value = min(value * 10 + Int(scalar.value - 0x30), Self.maximumRepetition + 1)
      position += 1
    }
    return position == start ? nil : value
  }
}
