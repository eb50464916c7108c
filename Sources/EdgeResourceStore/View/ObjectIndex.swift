/// A way to find objects by something other than their name, kept up to date with a view.
///
/// ```swift
/// let byNode = ObjectIndex<CoreV1.Pod>("node") { pod in pod.spec?.nodeName.map { [$0] } ?? [] }
/// view.snapshot.objects(byNode, "edge-1")
/// ```
public struct ObjectIndex<Object: Sendable>: Sendable {
  /// Tells a view's indexes apart.
  public let name: String
  let values: @Sendable (Object) -> [String]

  /// - Parameter values: under which values an object is found; none leaves it out.
  public init(_ name: String, values: @escaping @Sendable (Object) -> [String]) {
    self.name = name
    self.values = values
  }
}
