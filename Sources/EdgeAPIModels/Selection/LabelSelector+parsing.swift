extension LabelSelector {
  /// Parses kubectl's form, `a=b,c!=d,e in (x,y),!f,g>1`. Source: `k8s.io/apimachinery/pkg/labels`, whose grammar and
  /// error texts it follows.
  public init(parsing text: String) throws(SelectorError) {
    var parser = Parser(tokens: Lexer.tokens(of: text))
    self.init(requirements: try parser.requirements())
  }
}

private struct Token: Equatable {
  enum Kind: Equatable {
    case identifier, comma, open, close, end
    case binary(LabelRequirement.Operator)
    case not
  }

  let kind: Kind
  let text: String

  /// Inside a list of values, `in` and `notin` are values like any other.
  var asValue: Kind { kind == .binary(.in) || kind == .binary(.notIn) ? .identifier : kind }
}

private enum Lexer {
  static func tokens(of text: String) -> [Token] {
    // Blanks and operators are ASCII, so that bytes are as good as characters.
    let bytes = Array(text.utf8)
    var tokens: [Token] = []
    var place = 0
    func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    while place < bytes.count {
      if isBlank(bytes[place]) {
        place += 1
      } else if isSpecial(bytes[place]) {
        // The longest operator that begins here; no operator has more than two characters.
        let next = place + 1 < bytes.count ? bytes[place + 1] : 0
        let (kind, length) = symbol(bytes[place], next)
        tokens.append(Token(kind: kind, text: string(place..<(place + length))))
        place += length
      } else {
        let start = place
        while place < bytes.count, !isBlank(bytes[place]), !isSpecial(bytes[place]) { place += 1 }
        let word = string(start..<place)
        let kind: Token.Kind = word == "in" ? .binary(.in) : word == "notin" ? .binary(.notIn) : .identifier
        tokens.append(Token(kind: kind, text: word))
      }
    }
    return tokens + [Token(kind: .end, text: "")]
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }

  private static func isSpecial(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","),
      UInt8(ascii: ">"), UInt8(ascii: "<"):
      true
    default: false
    }
  }

  private static func symbol(_ byte: UInt8, _ next: UInt8) -> (kind: Token.Kind, length: Int) {
    let isFollowedByEquals = next == UInt8(ascii: "=")
    switch byte {
    case UInt8(ascii: "="): return isFollowedByEquals ? (.binary(.doubleEquals), 2) : (.binary(.equals), 1)
    case UInt8(ascii: "!"): return isFollowedByEquals ? (.binary(.notEquals), 2) : (.not, 1)
    case UInt8(ascii: "("): return (.open, 1)
    case UInt8(ascii: ")"): return (.close, 1)
    case UInt8(ascii: ","): return (.comma, 1)
    case UInt8(ascii: ">"): return (.binary(.greaterThan), 1)
    default: return (.binary(.lessThan), 1)
    }
  }
}

private struct Parser {
  private let tokens: [Token]
  private var place = 0

  init(tokens: [Token]) { self.tokens = tokens }

  /// The last token is the end, which is never left behind.
  private var next: Token { tokens[min(place, tokens.count - 1)] }

  private mutating func take() -> Token {
    defer { place += 1 }
    return next
  }

  mutating func requirements() throws(SelectorError) -> [LabelRequirement] {
    var requirements: [LabelRequirement] = []
    while true {
      switch next.asValue {
      case .identifier, .not:
        do {
          requirements.append(try requirement())
        } catch {
          throw SelectorError("unable to parse requirement: \(error.message)")
        }
        let separator = take()
        if separator.kind == .end { return requirements }
        guard separator.kind == .comma else {
          throw SelectorError("found '\(separator.text)', expected: ',' or 'end of string'")
        }
        guard [.identifier, .not].contains(next.asValue) else {
          throw SelectorError("found '\(next.text)', expected: identifier after ','")
        }
      case .end: return requirements
      default: throw SelectorError("found '\(next.text)', expected: !, identifier, or 'end of string'")
      }
    }
  }

  private mutating func requirement() throws(SelectorError) -> LabelRequirement {
    var key = take()
    let isNegated = key.kind == .not
    if isNegated { key = take() }
    guard key.asValue == .identifier else { throw SelectorError("found '\(key.text)', expected: identifier") }
    if let problem = LabelRequirement.keyProblem(key.text) {
      throw SelectorError("<nil>: Invalid value: \(GoQuoting.quoted(key.text)): \(problem)")
    }
    if isNegated { return try LabelRequirement(key: key.text, operator: .doesNotExist, values: []) }
    if next.kind == .end || next.kind == .comma {
      return try LabelRequirement(key: key.text, operator: .exists, values: [])
    }
    let symbol = take()
    guard case .binary(let kind) = symbol.kind else {
      throw SelectorError("found '\(symbol.text)', expected: in, notin, =, ==, !=, gt, lt")
    }
    let values = kind == .in || kind == .notIn ? try valueList() : [try exactValue()]
    return try LabelRequirement(
      key: key.text, operator: kind, values: values.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
  }

  private mutating func exactValue() throws(SelectorError) -> String {
    if next.kind == .end || next.kind == .comma { return "" }
    let value = take()
    guard value.asValue == .identifier else { throw SelectorError("found '\(value.text)', expected: identifier") }
    return value.text
  }

  private mutating func valueList() throws(SelectorError) -> Set<String> {
    let open = take()
    guard open.kind == .open else { throw SelectorError("found '\(open.text)' expected: '('") }
    let first = next
    switch first.asValue {
    case .close:
      place += 1
      return [""]
    case .identifier, .comma:
      let values = try identifiers()
      guard take().kind == .close else { throw SelectorError("found '\(first.text)', expected: ')'") }
      return values
    default: throw SelectorError("found '\(first.text)', expected: ',', ')' or identifier")
    }
  }

  /// Commas without a value before or behind them stand for the empty value.
  private mutating func identifiers() throws(SelectorError) -> Set<String> {
    var values: Set<String> = []
    while true {
      let token = take()
      switch token.asValue {
      case .identifier:
        values.insert(token.text)
        if next.kind == .close { return values }
        guard next.kind == .comma else { throw SelectorError("found '\(next.text)', expected: ',' or ')'") }
      case .comma:
        if values.isEmpty { values.insert("") }
        if next.kind == .close {
          values.insert("")
          return values
        }
        if next.kind == .comma {
          place += 1
          values.insert("")
        }
      default: throw SelectorError("found '\(token.text)', expected: ',', or identifier")
      }
    }
  }
}
