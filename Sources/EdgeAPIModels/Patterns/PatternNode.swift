/// A parsed regular expression.
indirect enum PatternNode {
  case empty
  case scalar(ScalarClass)
  case assertion(PatternAssertion)
  case sequence([PatternNode])
  case alternatives([PatternNode])
  /// `maximum` is nil without an upper bound.
  case repetition(PatternNode, minimum: Int, maximum: Int?)

  /// Whether nested repetitions multiply to no more than `limit`, the rule by which RE2 bounds its programs.
  func repeats(atMost limit: Int) -> Bool {
    switch self {
    case .empty, .scalar, .assertion: return true
    case .sequence(let nodes), .alternatives(let nodes): return nodes.allSatisfy { $0.repeats(atMost: limit) }
    case .repetition(let body, let minimum, let maximum):
      let count = maximum ?? minimum
      if count == 0 { return true }
      return count <= limit && body.repeats(atMost: limit / count)
    }
  }
}

/// A condition on the place between two scalars.
enum PatternAssertion {
  case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary

  func holds(before: Unicode.Scalar?, after: Unicode.Scalar?) -> Bool {
    switch self {
    case .textStart: before == nil
    case .textEnd: after == nil
    case .lineStart: before == nil || before == "\n"
    case .lineEnd: after == nil || after == "\n"
    case .wordBoundary: Self.isWord(before) != Self.isWord(after)
    case .noWordBoundary: Self.isWord(before) == Self.isWord(after)
    }
  }

  /// `\b` knows ASCII only, as in RE2.
  private static func isWord(_ scalar: Unicode.Scalar?) -> Bool {
    guard let scalar else { return false }
    return scalar == "_" || scalar.isASCII && scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
  }
}
