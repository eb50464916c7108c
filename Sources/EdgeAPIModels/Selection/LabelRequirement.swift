import EdgeJSON

/// One condition on a label.
public struct LabelRequirement: Hashable, Sendable, CustomStringConvertible {
  public enum Operator: String, Hashable, Sendable, CaseIterable {
    case `in` = "in"
    case notIn = "notin"
    case equals = "="
    case doubleEquals = "=="
    case notEquals = "!="
    case exists = "exists"
    case doesNotExist = "!"
    case greaterThan = "gt"
    case lessThan = "lt"
  }

  public let key: String
  public let `operator`: Operator
  /// Sorted by bytes when they came from a text, as given when they came from an object.
  public let values: [String]
  let keyMark: LabelMark

  /// - Throws: ``SelectorError`` when the key or a value is no label, or when there are too few or too many values.
  public init(key: String, operator: Operator, values: [String]) throws(SelectorError) {
    let problems = Self.problems(key: key, operator: `operator`, values: values, at: FieldPath())
    guard problems.isEmpty else { throw SelectorError(aggregating: problems) }
    self.init(unchecked: key, `operator`, values)
  }

  /// For values that were checked before, or that need not be labels, as in `labels.SelectorFromSet`.
  init(unchecked key: String, _ operator: Operator, _ values: [String]) {
    self.key = key
    self.operator = `operator`
    self.values = values
    keyMark = LabelMark(key)
  }

  /// `!=` and `notin` also select objects that do not have the label.
  public func matches(_ labels: [String: String]) -> Bool {
    if let value = labels[key] { accepts(value) } else { acceptsAbsence }
  }

  /// The answer for an object without the label.
  var acceptsAbsence: Bool {
    switch `operator` {
    case .doesNotExist, .notIn, .notEquals: true
    case .exists, .in, .equals, .doubleEquals, .greaterThan, .lessThan: false
    }
  }

  /// The answer for an object whose label has this value.
  func accepts(_ value: String) -> Bool {
    switch `operator` {
    case .exists: return true
    case .doesNotExist: return false
    case .in, .equals, .doubleEquals: return hasValue(value)
    case .notIn, .notEquals: return !hasValue(value)
    case .greaterThan, .lessThan:
      guard let number = Int64(value), let bound = values.first.flatMap({ Int64($0) }) else { return false }
      return `operator` == .greaterThan ? number > bound : number < bound
    }
  }

  private func hasValue(_ value: String) -> Bool {
    let length = value.utf8.count
    for place in values.indices where values[place].utf8.count == length && values[place] == value { return true }
    return false
  }

  public var description: String {
    let list = values.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: ",")
    switch `operator` {
    case .exists: return key
    case .doesNotExist: return "!\(key)"
    case .in: return "\(key) in (\(list))"
    case .notIn: return "\(key) notin (\(list))"
    case .greaterThan: return "\(key)>\(list)"
    case .lessThan: return "\(key)<\(list)"
    case .equals, .doubleEquals, .notEquals: return key + `operator`.rawValue + list
    }
  }

  /// - Parameter path: where the requirement stands.
  static func problems(key: String, operator: Operator, values: [String], at path: FieldPath) -> [String] {
    var problems: [String] = []
    if let problem = keyProblem(key) {
      problems.append(FieldError.invalid(path.child("key"), .string(key), problem).description)
    }
    let valuesPath = path.child("values")
    func countProblem(_ detail: String) {
      let list = values.isEmpty ? "(nil)" : "{\(values.map { GoQuoting.quoted($0) }.joined(separator: ", "))}"
      problems.append("\(valuesPath): Invalid value: []string\(list): \(detail)")
    }
    switch `operator` {
    case .in, .notIn: if values.isEmpty { countProblem("for 'in', 'notin' operators, values set can't be empty") }
    case .equals, .doubleEquals, .notEquals:
      if values.count != 1 { countProblem("exact-match compatibility requires one single value") }
    case .exists, .doesNotExist:
      if !values.isEmpty { countProblem("values set must be empty for exists and does not exist") }
    case .greaterThan, .lessThan:
      if values.count != 1 { countProblem("for 'Gt', 'Lt' operators, exactly one value is required") }
    }
    for (index, value) in values.enumerated() {
      let path = valuesPath.index(index)
      if [.greaterThan, .lessThan].contains(`operator`), Int64(value) == nil {
        problems.append(
          FieldError.invalid(path, .string(value), "for 'Gt', 'Lt' operators, the value must be an integer").description
        )
      }
    }
    for (index, value) in values.enumerated() {
      let broken = NameRule.labelValue.problems(in: value)
      if !broken.isEmpty {
        let path = valuesPath.index(index).key(key)
        problems.append(FieldError.invalid(path, .string(value), broken.joined(separator: "; ")).description)
      }
    }
    return problems
  }

  static func keyProblem(_ key: String) -> String? {
    let problems = NameRule.qualifiedName.problems(in: key)
    return problems.isEmpty ? nil : problems.joined(separator: "; ")
  }
}
