import EdgeJSON

/// One step of an expression: takes a list of values, gives a list of values.
indirect enum JSONPathNode: Hashable, Sendable {
  case field(String)
  case wildcard
  /// `..`: all containers below, the values themselves first.
  case recursive
  case slice(JSONPathSlice)
  /// `[0,2]`, `['a','b']`: the results of each, one after the other.
  case union([[JSONPathNode]])
  case filter(JSONPathFilter)
  /// A number or a truth value, once for each value.
  case literal(JSONValue)
  /// A quoted text, once.
  case text(String)
}

/// `[start:end:step]`; `[i]` ends behind `i`.
struct JSONPathSlice: Hashable, Sendable {
  var start: Int?
  var end: Int?
  /// Whether the end was made from the start, so that 0 means the end of the array (of `[-1]`).
  var isIndex: Bool
  var step: Int?
}

struct JSONPathFilter: Hashable, Sendable {
  enum Comparison: String {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
  }

  var left: [JSONPathNode]
  /// nil asks only whether there is something on the left.
  var comparison: Comparison?
  var right: [JSONPathNode]
}

/// A part of a template.
indirect enum JSONPathBlock: Hashable, Sendable {
  case text(String)
  case action([JSONPathNode])
  /// The body, once for each result.
  case range([JSONPathNode], body: [JSONPathBlock])
}
