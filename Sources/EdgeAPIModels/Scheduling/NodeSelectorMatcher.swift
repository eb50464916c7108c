import EdgeJSON

/// Which nodes a pod may run on, `nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution`: any of the terms must
/// hold, and of a term all requirements.
///
/// Faults do not make it useless: as in the scheduler, a term with a fault never matches, the others do, and the faults
/// are reported when nothing matched. Source: `k8s.io/component-helpers/scheduling/corev1/nodeaffinity`.
public struct NodeSelectorMatcher: Hashable, Sendable {
  public struct Requirement: Hashable, Sendable {
    public let key: String
    /// `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`; anything else is a fault of the term.
    public let `operator`: String
    public let values: [String]

    public init(key: String, operator: String, values: [String] = []) {
      self.key = key
      self.operator = `operator`
      self.values = values
    }
  }

  /// What a match says.
  public enum Verdict: Hashable, Sendable {
    case matches
    case differs
    /// No term matched, and these have faults.
    case faulty(SelectorError)

    public var isMatch: Bool { self == .matches }
  }

  private let terms: [Term]

  /// - Parameter terms: the requirements on labels and on fields of each term; a term without any matches no node.
  public init(terms: [(expressions: [Requirement], fields: [Requirement])]) {
    self.terms = terms.enumerated().compactMap { index, term in
      term.expressions.isEmpty && term.fields.isEmpty
        ? nil : Term(term.expressions, term.fields, at: FieldPath("nodeSelectorTerms").index(index))
    }
  }

  /// Reads `{"nodeSelectorTerms": [{"matchExpressions": [...], "matchFields": [...]}]}`.
  ///
  /// - Throws: ``ObjectError`` when something has the wrong JSON type; wrong operators and values are faults of terms.
  public init(json: JSONValue) throws(ObjectError) {
    let members = try SchedulingField.object(json, "node selector")
    var terms: [(expressions: [Requirement], fields: [Requirement])] = []
    for term in try SchedulingField.array("nodeSelectorTerms", in: members) {
      let term = try SchedulingField.object(term, "node selector term")
      terms.append(
        (try Self.requirements("matchExpressions", in: term), try Self.requirements("matchFields", in: term)))
    }
    self.init(terms: terms)
  }

  /// All faults together; nil when there are none.
  public var error: SelectorError? { Self.error(terms.flatMap(\.faults)) }

  /// - Parameter name: the node's name; the only field that a node selector may ask for. Empty leaves fields out.
  public func verdict(onNode name: String, labels: [String: String]) -> Verdict {
    var faults: [String] = []
    for term in terms {
      if !term.faults.isEmpty {
        faults += term.faults
      } else if term.matches(name, labels) {
        return .matches
      }
    }
    return Self.error(faults).map { .faulty($0) } ?? .differs
  }

  private static func error(_ faults: [String]) -> SelectorError? {
    faults.isEmpty ? nil : SelectorError(aggregating: faults)
  }

  private static func requirements(_ name: String, in term: JSONObject) throws(ObjectError) -> [Requirement] {
    var requirements: [Requirement] = []
    for element in try SchedulingField.array(name, in: term) {
      let members = try SchedulingField.object(element, "node selector requirement")
      var values: [String] = []
      for value in try SchedulingField.array("values", in: members) {
        guard let value = value.stringValue else {
          throw ObjectError(code: .invalidField, field: "values", message: "must be an array of strings")
        }
        values.append(value)
      }
      requirements.append(
        Requirement(
          key: try SchedulingField.string("key", in: members),
          operator: try SchedulingField.string("operator", in: members), values: values))
    }
    return requirements
  }
}

private struct Term: Hashable, Sendable {
  private let labels: LabelSelector
  private let fields: FieldSelector
  let faults: [String]

  init(
    _ expressions: [NodeSelectorMatcher.Requirement], _ fields: [NodeSelectorMatcher.Requirement], at path: FieldPath
  ) {
    var faults: [String] = []
    let requirements = expressions.enumerated().compactMap { index, expression in
      Self.label(expression, path.child("matchExpressions").index(index), &faults)
    }
    let terms = fields.enumerated().compactMap { index, field in
      Self.field(field, path.child("matchFields").index(index), &faults)
    }
    labels = LabelSelector(requirements: requirements)
    self.fields = FieldSelector(terms: terms)
    self.faults = faults
  }

  func matches(_ name: String, _ nodeLabels: [String: String]) -> Bool {
    labels.matches(nodeLabels) && (name.isEmpty || fields.matches { $0 == "metadata.name" ? name : "" })
  }

  private static let labelOperators: [String: LabelRequirement.Operator] = [
    "In": .in, "NotIn": .notIn, "Exists": .exists, "DoesNotExist": .doesNotExist, "Gt": .greaterThan, "Lt": .lessThan,
  ]

  private static func label(
    _ requirement: NodeSelectorMatcher.Requirement, _ path: FieldPath, _ faults: inout [String]
  ) -> LabelRequirement? {
    guard let kind = labelOperators[requirement.operator] else {
      faults.append(unsupported(requirement, path, ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]))
      return nil
    }
    let problems = LabelRequirement.problems(
      key: requirement.key, operator: kind, values: requirement.values, at: path)
    faults += problems
    return problems.isEmpty ? LabelRequirement(unchecked: requirement.key, kind, requirement.values) : nil
  }

  private static func field(
    _ requirement: NodeSelectorMatcher.Requirement, _ path: FieldPath, _ faults: inout [String]
  ) -> FieldSelector.Term? {
    guard requirement.operator == "In" || requirement.operator == "NotIn" else {
      faults.append(unsupported(requirement, path, ["In", "NotIn"]))
      return nil
    }
    guard requirement.values.count == 1 else {
      faults.append(
        FieldError.invalid(
          path.child("values"), .array(requirement.values.map { .string($0) }), "must have one element"
        ).description)
      return nil
    }
    return FieldSelector.Term(
      field: requirement.key, isNegated: requirement.operator == "NotIn", value: requirement.values[0])
  }

  private static func unsupported(
    _ requirement: NodeSelectorMatcher.Requirement, _ path: FieldPath, _ supported: [String]
  ) -> String {
    FieldError.notSupported(path.child("operator"), .string(requirement.operator), supported: supported).description
  }
}
