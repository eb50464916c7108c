import EdgePrimitives
import Synchronization

/// Whether the node's lease reaches its cloud.
///
/// Kubernetes calls a node Unknown when its lease was not renewed for 40 s, whatever stood in between: a connection that
/// was lost, or an API server that the hub could not reach while the connection lived. It does not call it ready again by
/// itself: the node has to say so.
final class NodePresence: Sendable {
  private struct State {
    var lastKept: Duration
    var readySince: Timestamp
  }

  /// The node monitor's grace period in Kubernetes up to 1.31 (50 s since); the lease is valid for as long.
  static let grace = Duration.seconds(40)

  private let state: Mutex<State>
  /// Woken when a lease was kept again after the cloud must have given the node up.
  let comebacks = CoalescingQueue<Bool>()

  init(now: Moment) { state = Mutex(State(lastKept: now.elapsed, readySince: now.wall)) }

  /// Since when the cloud can have called the node ready without interruption.
  var readySince: Timestamp { state.withLock { $0.readySince } }

  /// The cloud has taken a renewal.
  func leaseKept(now: Moment) {
    let isBack = state.withLock { state in
      defer { state.lastKept = now.elapsed }
      guard now.elapsed - state.lastKept >= Self.grace else { return false }
      state.readySince = now.wall
      return true
    }
    if isBack { comebacks.add(true) }
  }
}
