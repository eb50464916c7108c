/// Why a text or an object is no selector.
public struct SelectorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// In the words of Kubernetes.
  public let message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }
}
