/// Why a text or an object is no selector.
public struct SelectorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// In the words of Kubernetes.
  public let message: String

  public init(_ message: String) { self.message = message }

  /// Several problems as Kubernetes lists them: each once, in brackets when there are two and more.
  init(aggregating problems: [String]) {
    var seen: Set<String> = []
    let distinct = problems.filter { seen.insert($0).inserted }
    self.init(distinct.count == 1 ? distinct[0] : "[\(distinct.joined(separator: ", "))]")
  }

  public var description: String { message }
}
