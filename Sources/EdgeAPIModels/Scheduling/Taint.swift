import EdgeJSON

/// Keeps pods off a node unless they tolerate it.
public struct Taint: Hashable, Sendable {
  /// What happens to pods without a toleration; values that are not known here are kept and have no effect.
  public struct Effect: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    public static let noSchedule = Effect(rawValue: "NoSchedule")
    public static let preferNoSchedule = Effect(rawValue: "PreferNoSchedule")
    /// Also evicts pods that are there already.
    public static let noExecute = Effect(rawValue: "NoExecute")

    /// Whether a scheduler must not place a pod there.
    public var forbidsScheduling: Bool { self == .noSchedule || self == .noExecute }
  }

  public var key: String
  public var value: String
  public var effect: Effect
  /// When it was put on; only for ``Effect/noExecute``.
  public var timeAdded: MetaTime?

  public init(key: String, value: String = "", effect: Effect, timeAdded: MetaTime? = nil) {
    self.key = key
    self.value = value
    self.effect = effect
    self.timeAdded = timeAdded
  }

  public init(json: JSONValue) throws(ObjectError) {
    let members = try SchedulingField.object(json, "taint")
    key = try SchedulingField.string("key", in: members)
    value = try SchedulingField.string("value", in: members)
    effect = Effect(rawValue: try SchedulingField.string("effect", in: members))
    guard let time = members["timeAdded"], !time.isNull else { return }
    do {
      timeAdded = try MetaTime(json: time)
    } catch {
      throw ObjectError(code: .invalidField, field: "timeAdded", message: error.message, cause: error)
    }
  }

  public var json: JSONValue {
    var members: JSONObject = ["key": .string(key)]
    if !value.isEmpty { members["value"] = .string(value) }
    members["effect"] = .string(effect.rawValue)
    if let timeAdded { members["timeAdded"] = timeAdded.json }
    return .object(members)
  }
}

extension Taint: CustomStringConvertible {
  /// `key=value:NoSchedule`, as kubectl writes it.
  public var description: String { value.isEmpty ? "\(key):\(effect)" : "\(key)=\(value):\(effect)" }
}
