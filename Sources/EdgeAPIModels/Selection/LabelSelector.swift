import EdgeJSON

/// A question to the labels of an object; all its requirements must hold.
public struct LabelSelector: Hashable, Sendable, CustomStringConvertible {
  /// Ordered by key. nil selects nothing, empty selects everything.
  let conditions: [LabelRequirement]?

  public static let everything = LabelSelector(requirements: [])
  public static let nothing = LabelSelector(conditions: nil)

  private init(conditions: [LabelRequirement]?) { self.conditions = conditions }

  public init(requirements: [LabelRequirement]) {
    conditions = requirements.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }

  /// Selects the objects that have all of these labels.
  ///
  /// - Throws: ``SelectorError`` for the first of them, by key, that is no label.
  public init(matching labels: [String: String]) throws(SelectorError) {
    var requirements: [LabelRequirement] = []
    for label in LabelSet(labels) {
      requirements.append(try LabelRequirement(key: label.key, operator: .equals, values: [label.value]))
    }
    conditions = requirements
  }

  /// Selects the objects that have all of these labels, whether or not they are proper labels; for labels that come from
  /// an object that was validated before, as in `labels.SelectorFromSet`.
  public init(unvalidatedMatching labels: LabelSet) {
    conditions = labels.map { LabelRequirement(unchecked: $0.key, .equals, [$0.value]) }
  }

  /// Reads the form that objects hold: `{"matchLabels": {...}, "matchExpressions": [...]}`. An absent selector (null)
  /// selects nothing, an empty one everything, as in `metav1.LabelSelectorAsSelector`.
  public init(object: JSONValue) throws(SelectorError) {
    if object.isNull {
      self = .nothing
      return
    }
    guard case .object(let members) = object else { throw SelectorError("a label selector must be an object") }
    var requirements: [LabelRequirement] = []
    for (key, value) in try Self.members(members["matchLabels"]) {
      guard let value = value.stringValue else { throw SelectorError("matchLabels[\(key)] must be a string") }
      requirements.append(try LabelRequirement(key: key, operator: .equals, values: [value]))
    }
    for expression in try Self.elements(members["matchExpressions"], "matchExpressions") {
      requirements.append(try Self.requirement(expression))
    }
    self.init(requirements: requirements)
  }

  /// Whether it can select anything at all; only ``nothing`` cannot.
  public var isSelectable: Bool { conditions != nil }
  /// Whether it selects everything.
  public var isEmpty: Bool { conditions?.isEmpty ?? false }
  public var requirements: [LabelRequirement] { conditions ?? [] }

  /// The text that parses to this selector; empty for ``everything`` and ``nothing``.
  public var description: String { requirements.map(\.description).joined(separator: ",") }

  /// The selector that an object holds, for people to read: `<none>` for one that selects everything or nothing,
  /// `<error>` for one that is none, as in `metav1.FormatLabelSelector`.
  public static func formatted(object: JSONValue) -> String {
    guard let selector = try? LabelSelector(object: object) else { return "<error>" }
    let text = selector.description
    return text.isEmpty ? "<none>" : text
  }

  private static func requirement(_ expression: JSONValue) throws(SelectorError) -> LabelRequirement {
    guard let key = expression["key"]?.stringValue else { throw SelectorError("a match expression needs a key") }
    let name = expression["operator"]?.stringValue ?? ""
    let kind: LabelRequirement.Operator
    switch name {
    case "In": kind = .in
    case "NotIn": kind = .notIn
    case "Exists": kind = .exists
    case "DoesNotExist": kind = .doesNotExist
    default: throw SelectorError("\(GoQuoting.quoted(name)) is not a valid label selector operator")
    }
    var values: [String] = []
    for value in try elements(expression["values"], "values") {
      guard let value = value.stringValue else {
        throw SelectorError("the values of a match expression must be strings")
      }
      values.append(value)
    }
    return try LabelRequirement(key: key, operator: kind, values: values)
  }

  private static func elements(_ value: JSONValue?, _ name: String) throws(SelectorError) -> [JSONValue] {
    switch value {
    case nil, .null: return []
    case .array(let elements): return elements
    default: throw SelectorError("\(name) must be an array")
    }
  }

  private static func members(_ value: JSONValue?) throws(SelectorError) -> JSONObject {
    switch value {
    case nil, .null: return JSONObject()
    case .object(let members): return members
    default: throw SelectorError("matchLabels must be an object")
    }
  }
}
