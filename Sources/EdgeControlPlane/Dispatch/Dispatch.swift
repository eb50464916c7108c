#if Networking
import EdgePrimitives
import EdgeTransport
import Synchronization

/// One message on its way to one or many nodes, and what became of it at each.
///
/// The message itself is durable for each node whose outcome is ``Outcome/waiting``: it also survives the hub. What is told
/// here does not: after a restart of the hub it is delivered all the same, and nobody is told.
public final class Dispatch: Sendable {
  public enum Outcome: Hashable, Sendable {
    /// In the node's outbox, on the hub's disk.
    case waiting
    /// The node has made its effect durable. An EdgeCore acknowledges objects only; of anything else this says that its
    /// connection has taken it.
    case delivered
    /// A newer message took its place before it was sent.
    case replaced
    /// The node will not take it, for this reason; it is not tried again.
    case refused(String)
    /// The node's outbox had no room; the message was not queued for it.
    case full
    /// The hub's store failed; the message was not queued for it.
    case failed(String)
    /// Waiting, but not followed: too many others are (``DispatchLimits/maximumFollowed``), or its class may drop it.
    case notFollowed
  }

  /// How many nodes have which outcome.
  public struct Summary: Hashable, Sendable {
    public var waiting = 0
    public var delivered = 0
    public var replaced = 0
    public var refused = 0
    public var full = 0
    public var failed = 0
    public var notFollowed = 0

    public var nodes: Int { waiting + delivered + replaced + refused + full + failed + notFollowed }
  }

  private struct State {
    var outcomes: [NodeName: Outcome] = [:]
    var waiting = 0
    var finishing: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var lastWaiter: UInt64 = 0
  }

  /// The id that the message has on the wire, the same for every node.
  public let id: String
  private let state = Mutex(State())

  init(id: String, nodes: [NodeName]) {
    self.id = id
    state.withLock { state in
      state.outcomes = Dictionary(nodes.map { ($0, .waiting) }, uniquingKeysWith: { first, _ in first })
      state.waiting = state.outcomes.count
    }
  }

  public var outcomes: [NodeName: Outcome] { state.withLock { $0.outcomes } }

  public var summary: Summary {
    state.withLock { state in
      state.outcomes.values.reduce(into: Summary()) { summary, outcome in
        switch outcome {
        case .waiting: summary.waiting += 1
        case .delivered: summary.delivered += 1
        case .replaced: summary.replaced += 1
        case .refused: summary.refused += 1
        case .full: summary.full += 1
        case .failed: summary.failed += 1
        case .notFollowed: summary.notFollowed += 1
        }
      }
    }
  }

  /// Waits until no node is waited for any more, or the task is cancelled. Nodes that stay away are waited for without end.
  public func finished() async {
    let waiter = state.withLock { state in
      state.lastWaiter += 1
      return state.lastWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.waiting == 0 || Task.isCancelled { return true }
          state.finishing[waiter] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.finishing.removeValue(forKey: waiter) }?.resume()
    }
  }

  /// An outcome is final unless it is `waiting`. Returns whether nobody is waited for any more.
  @discardableResult
  func set(_ outcome: Outcome, of node: NodeName) -> Bool {
    let (ready, isOver) = state.withLock { state -> ([CheckedContinuation<Void, Never>], Bool) in
      let old = state.outcomes[node]
      guard old == nil || old == .waiting else { return ([], state.waiting == 0) }
      state.waiting += (outcome == .waiting ? 1 : 0) - (old == .waiting ? 1 : 0)
      state.outcomes[node] = outcome
      guard state.waiting == 0 else { return ([], false) }
      defer { state.finishing = [:] }
      return (Array(state.finishing.values), true)
    }
    for continuation in ready { continuation.resume() }
    return isOver
  }

  func unfollow() {
    for (node, outcome) in outcomes where outcome == .waiting { set(.notFollowed, of: node) }
  }

  var waitingCount: Int { state.withLock { $0.waiting } }
}

/// The bounds of what a hub sends beside the objects of its nodes.
public struct DispatchLimits: Hashable, Sendable {
  /// Nodes that one message may go to.
  public var maximumNodes = 20_000
  /// Bytes of one message, times its nodes: what a broadcast may cost the hub's disk.
  public var maximumBytes = 256 << 20
  /// Nodes that may be waited for, over all messages; beyond it the oldest messages are no longer followed.
  public var maximumFollowed = 100_000
  /// Nodes whose outboxes are written at the same time.
  public var concurrency = 64

  public init() {}
}

/// The messages whose answers somebody is told of, by id.
final class FollowedDispatches: Sendable {
  private struct State {
    var byID: [String: Dispatch] = [:]
    var order: [Dispatch] = []
  }

  private let maximumFollowed: Int
  private let state = Mutex(State())

  init(maximumFollowed: Int) { self.maximumFollowed = maximumFollowed }

  func add(_ dispatch: Dispatch, nodes: Int) {
    let dropped = state.withLock { state -> [Dispatch] in
      state.order.removeAll { $0.waitingCount == 0 }
      var followed = state.order.reduce(nodes) { $0 + $1.waitingCount }
      var dropped: [Dispatch] = []
      while followed > maximumFollowed, let oldest = state.order.first {
        followed -= oldest.waitingCount
        state.order.removeFirst()
        dropped.append(oldest)
      }
      for old in dropped { state.byID[old.id] = nil }
      state.byID[dispatch.id] = dispatch
      state.order.append(dispatch)
      return dropped
    }
    for dispatch in dropped { dispatch.unfollow() }
  }

  func settled(_ id: String, at node: NodeName, _ outcome: Dispatch.Outcome) {
    guard let dispatch = state.withLock({ $0.byID[id] }), dispatch.set(outcome, of: node) else { return }
    end(dispatch)
  }

  /// Forgets a dispatch that waits for nobody.
  func end(_ dispatch: Dispatch) {
    state.withLock { state in
      guard state.byID.removeValue(forKey: dispatch.id) != nil else { return }
      state.order.removeAll { $0 === dispatch }
    }
  }
}
#endif
