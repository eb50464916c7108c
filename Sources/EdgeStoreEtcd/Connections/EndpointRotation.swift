#if Networking
import EdgePrimitives

/// Which endpoint to use next. It stays with one as long as that works, and leaves one that failed alone for a time that
/// grows with jitter.
///
/// Calls share connections, so many of them may report the same failure; each connection has a generation, and only the
/// first report about a generation counts.
struct EndpointRotation: Sendable {
  private struct Entry {
    var backoff: Backoff
    var notBefore = Duration.zero
    var generation: UInt64 = 0
  }

  enum Choice: Equatable {
    case use(Int)
    case wait(until: Duration)
  }

  private var entries: [Entry]
  private var preferred: Int

  /// - Parameter first: where to begin, so that the clients of a cluster spread over its members.
  init(count: Int, first: Int, backoff: Backoff) {
    precondition(count > 0 && (0..<count).contains(first))
    entries = Array(repeating: Entry(backoff: backoff), count: count)
    preferred = first
  }

  func generation(of index: Int) -> UInt64 { entries[index].generation }

  mutating func choose(at now: Duration) -> Choice {
    for offset in entries.indices {
      let index = (preferred + offset) % entries.count
      guard entries[index].notBefore <= now else { continue }
      preferred = index
      return .use(index)
    }
    return .wait(until: entries.map(\.notBefore).min() ?? now)
  }

  mutating func succeeded(_ index: Int, generation: UInt64) {
    guard entries[index].generation == generation else { return }
    entries[index].backoff.reset()
  }

  /// Returns whether this was news.
  mutating func failed(
    _ index: Int, generation: UInt64, at now: Duration, entropy: some EntropySource
  ) -> Bool {
    guard entries[index].generation == generation else { return false }
    entries[index].generation += 1
    entries[index].notBefore = now + entries[index].backoff.next(using: entropy)
    if preferred == index { preferred = (index + 1) % entries.count }
    return true
  }
}
#endif
