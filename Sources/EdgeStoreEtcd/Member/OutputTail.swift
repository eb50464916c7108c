#if Networking
import Synchronization

/// The last lines that a program printed, for the error that tells of its failure.
final class OutputTail: Sendable {
  private let lines = Mutex<[String]>([])
  private static let capacity = 8

  func append(_ line: String) {
    lines.withLock { lines in
      if lines.count == Self.capacity { lines.removeFirst() }
      lines.append(line)
    }
  }

  var text: String { lines.withLock { $0.joined(separator: "\n") } }
}
#endif
