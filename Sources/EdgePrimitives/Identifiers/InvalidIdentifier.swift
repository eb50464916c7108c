/// A string that is not a valid identifier of its kind, with the rule it breaks.
public struct InvalidIdentifier: Error, Hashable, Sendable, CustomStringConvertible {
  /// What the string was meant to be, for instance `node name`.
  public let kind: String
  /// The refused string, cut to 80 characters so that hostile input does not flood a log.
  public let value: String
  /// The broken rule, in the words of the Kubernetes API conventions.
  public let reason: String

  public init(kind: String, value: String, reason: String) {
    self.kind = kind
    self.value = value.count > 80 ? String(value.prefix(80)) + "..." : value
    self.reason = reason
  }

  public var description: String { "invalid \(kind) \"\(value)\": \(reason)" }
}
