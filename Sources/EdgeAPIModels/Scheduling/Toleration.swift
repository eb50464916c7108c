import EdgeJSON

/// Lets a pod onto nodes with matching taints. Empty parts match anything.
public struct Toleration: Hashable, Sendable {
  public struct Operator: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    /// The values are equal; also meant by the empty operator.
    public static let equal = Operator(rawValue: "Equal")
    /// Whatever the value is.
    public static let exists = Operator(rawValue: "Exists")
  }

  public var key: String
  public var `operator`: Operator
  public var value: String
  public var effect: Taint.Effect
  /// How long a pod stays on a node after a ``Taint/Effect/noExecute`` taint came; nil for ever.
  public var tolerationSeconds: Int64?

  public init(
    key: String = "", operator: Operator = .equal, value: String = "",
    effect: Taint.Effect = Taint.Effect(rawValue: ""),
    tolerationSeconds: Int64? = nil
  ) {
    self.key = key
    self.operator = `operator`
    self.value = value
    self.effect = effect
    self.tolerationSeconds = tolerationSeconds
  }

  public func tolerates(_ taint: Taint) -> Bool {
    if !effect.rawValue.isEmpty, effect != taint.effect { return false }
    if !key.isEmpty, key != taint.key { return false }
    switch `operator` {
    case .exists: return true
    case .equal, Operator(rawValue: ""): return value == taint.value
    default: return false
    }
  }

  public init(json: JSONValue) throws(ObjectError) {
    let members = try SchedulingField.object(json, "toleration")
    key = try SchedulingField.string("key", in: members)
    self.operator = Operator(rawValue: try SchedulingField.string("operator", in: members))
    value = try SchedulingField.string("value", in: members)
    effect = Taint.Effect(rawValue: try SchedulingField.string("effect", in: members))
    switch members["tolerationSeconds"] {
    case nil, .null: break
    case .integer(let seconds): tolerationSeconds = seconds
    default: throw ObjectError(code: .invalidField, field: "tolerationSeconds", message: "must be an integer")
    }
  }

  public var json: JSONValue {
    var members = JSONObject()
    for (name, value) in [
      ("key", key), ("operator", `operator`.rawValue), ("value", value), ("effect", effect.rawValue),
    ] where !value.isEmpty { members[name] = .string(value) }
    if let tolerationSeconds { members["tolerationSeconds"] = .integer(tolerationSeconds) }
    return .object(members)
  }
}

extension Sequence<Toleration> {
  public func tolerate(_ taint: Taint) -> Bool { contains { $0.tolerates(taint) } }

  /// The first taint with one of the effects that none of these tolerations meets.
  ///
  /// - Parameter isRelevant: by default the effects that forbid scheduling.
  public func firstUntolerated(
    of taints: some Sequence<Taint>, where isRelevant: (Taint.Effect) -> Bool = { $0.forbidsScheduling }
  ) -> Taint? {
    taints.first { isRelevant($0.effect) && !tolerate($0) }
  }
}
