import EdgeJSON

/// What a check of one value found, and how many checks it took: of several alternatives that all fail, the one that got
/// furthest is the one worth reporting.
struct SchemaProblems {
  private(set) var errors: [FieldError] = []
  private(set) var matchCount = 0
  private var seen: Set<FieldError> = []

  var isEmpty: Bool { errors.isEmpty }

  mutating func count() { matchCount += 1 }

  mutating func add(_ error: FieldError) {
    // Validity needs no more than one error, and readers no more than this many.
    if errors.count < FieldReport.maximumErrors, seen.insert(error).inserted { errors.append(error) }
  }

  mutating func merge(_ other: SchemaProblems) {
    for error in other.errors { add(error) }
    matchCount += other.matchCount
  }

  /// A failure of a whole group of schemas. The API server says it without a path, which prints as `<nil>`.
  mutating func add(group message: String) {
    add(FieldError(path: "<nil>", kind: .invalid, badValue: "", detail: message))
  }
}

extension JSONValue {
  /// Whether this is a number without a fraction, whatever its literal.
  var isIntegral: Bool {
    switch self {
    case .integer: true
    case .number(let number): number.doubleValue.map { $0 == $0.rounded() && abs($0) < 0x1p53 } ?? false
    default: false
    }
  }
}
