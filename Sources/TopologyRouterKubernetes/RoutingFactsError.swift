import EdgeAPIModels

/// An object that routing cannot read. Nothing of it was applied; the same object will fail again.
public struct RoutingFactsError: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Code: Hashable, Sendable {
    private let name: String
    /// A name that is missing or breaks the rules of its kind.
    public static let invalidName = Code(name: "invalidName")
    /// A member that is missing, of the wrong type or out of range.
    public static let invalidField = Code(name: "invalidField")
    /// An initializer was given an object of another kind.
    public static let wrongKind = Code(name: "wrongKind")
  }

  public let code: Code
  /// The member at fault, for instance `spec.ports[0].port`.
  public let field: String
  public let message: String

  public var description: String { "\(field): \(message)" }
}

extension RoutingFactsError {
  static func wrongKind(_ object: UnstructuredObject, expected: String) -> RoutingFactsError {
    RoutingFactsError(code: .wrongKind, field: "kind", message: "\(expected) expected, not \(object.kind)")
  }
}
