/// One attempt to run one container of one pod on this node.
///
/// The text form travels in the environment of the process (`EDGE_CONTAINER_ID`), so that an agent that was killed
/// between starting a process and recording it still finds the process again: the process itself is the record.
public struct ContainerID: Hashable, Sendable, CustomStringConvertible {
  public let node: String
  public let podUID: String
  public let container: String
  public let attempt: Int

  public init(node: String, podUID: String, container: String, attempt: Int) {
    self.node = node
    self.podUID = podUID
    self.container = container
    self.attempt = attempt
  }

  init?(parsing text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 4, let attempt = Int(parts[3]), attempt >= 0 else { return nil }
    self.init(node: String(parts[0]), podUID: String(parts[1]), container: String(parts[2]), attempt: attempt)
  }

  public var description: String { "\(node)/\(podUID)/\(container)/\(attempt)" }

  static let environmentName = "EDGE_CONTAINER_ID"
}
