#if Networking && SQLite
import EdgeStoreSQLite
import Glibc
import Synchronization

/// Tells on standard error how far long work has come: one line that is written over on a terminal, else a line every ten
/// seconds. Work that takes less than a second is not mentioned.
final class ProgressLine: Sendable {
  private struct State {
    var next: ContinuousClock.Instant
    var shown = ""
  }
  private let state = Mutex(State(next: .now + .seconds(1)))
  private let isTerminal = isatty(STDERR_FILENO) == 1

  func show(_ progress: OfflineProgress) {
    let text = state.withLock { state -> String? in
      guard ContinuousClock.now >= state.next else { return nil }
      state.next = .now + (isTerminal ? .milliseconds(200) : .seconds(10))
      var text = progress.step
      if progress.total > 0 { text += " \(min(100, progress.done * 100 / progress.total)) %" }
      let padding = String(repeating: " ", count: max(0, state.shown.count - text.count))
      state.shown = text
      return isTerminal ? "\r\(text)\(padding)" : text + "\n"
    }
    if let text { write(text) }
  }

  /// Leaves the line free for what comes next.
  func finish() {
    let width = state.withLock { state in
      defer { state.shown = "" }
      return state.shown.count
    }
    if isTerminal && width > 0 { write("\r\(String(repeating: " ", count: width))\r") }
  }

  private func write(_ text: String) { try? FileContent.write(Array(text.utf8), to: STDERR_FILENO, "standard error") }
}
#endif
