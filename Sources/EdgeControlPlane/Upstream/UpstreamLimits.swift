#if Networking
import EdgePrimitives
import Metrics
import Synchronization

/// How much of the nodes' reports a hub takes. Beyond it nothing is dropped: the node's connection is not read for a while,
/// so that the node's own outbox fills, coalesces and holds its producers up.
public struct UpstreamLimits: Hashable, Sendable {
  /// Reports of one node, in the long run. KubeEdge's edge sends 30 by itself.
  public var messagesPerSecond = 500
  /// Reports of one node at once after a pause: a session begins with everything that the node has to tell.
  public var burst = 4096
  /// Reports of all nodes that are worked on at the same time. Each node has one turn after the other, in the order in
  /// which they came, so that a node with much to tell takes no more than its share.
  public var maximumConcurrent = 128

  public init() {}
}

/// One node's allowance: a token bucket.
struct UpstreamBudget {
  private let rate: Double
  private let burst: Double
  private var tokens: Double
  private var last: Duration

  init(_ limits: UpstreamLimits, now: Duration) {
    precondition(limits.messagesPerSecond > 0 && limits.burst > 0, "a node must be able to report")
    rate = Double(limits.messagesPerSecond)
    burst = Double(limits.burst)
    tokens = burst
    last = now
  }

  /// Takes a place for one report; returns how long it has to wait for it.
  mutating func take(now: Duration) -> Duration {
    tokens = min(burst, tokens + max(0, (now - last) / .seconds(1)) * rate)
    last = max(last, now)
    tokens -= 1
    return tokens >= 0 ? .zero : .seconds(-tokens / rate)
  }
}

/// Places for work of all nodes; who waits gets one in the order of arrival.
final class FairGate: Sendable {
  private struct State {
    var free: Int
    var waiting: [CheckedContinuation<Void, Never>] = []
    var first = 0
  }

  private let state: Mutex<State>

  init(places: Int) {
    precondition(places > 0, "somebody must be able to work")
    state = Mutex(State(free: places))
  }

  func use<Result>(_ body: () async -> Result) async -> Result {
    await enter()
    defer { leave() }
    return await body()
  }

  private func enter() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        guard state.free == 0 else {
          state.free -= 1
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
  }

  private func leave() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard state.first < state.waiting.count else {
        state.waiting.removeAll(keepingCapacity: true)
        state.first = 0
        state.free += 1
        return nil
      }
      defer {
        state.first += 1
        if state.first >= 1024 {
          state.waiting.removeFirst(state.first)
          state.first = 0
        }
      }
      return state.waiting[state.first]
    }
    next?.resume()
  }

  var waitingCount: Int { state.withLock { $0.waiting.count - $0.first } }
}
#endif
