/// Where in an object a field stands, printed as Kubernetes does: `spec.properties[1].type`.
public struct FieldPath: Hashable, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String = "") { self.description = description }

  public func child(_ name: String) -> FieldPath { FieldPath(description.isEmpty ? name : "\(description).\(name)") }
  public func index(_ index: Int) -> FieldPath { FieldPath("\(description)[\(index)]") }
  /// An entry of a map whose keys are data.
  public func key(_ key: String) -> FieldPath { FieldPath("\(description)[\(key)]") }
}
