#if Networking && canImport(Glibc)
import EdgePrimitives
import Synchronization

/// What one connection has shown of the hub at its other end.
///
/// A hub of ours answers the node's inventory before it sends any object and before it answers anything else. A CloudCore
/// drops that question: it is known by an object or another answer that comes first, or by nothing coming.
final class HubKnowledge: Sendable {
  enum Kind: Hashable, Sendable {
    case unknown
    /// It compares inventories.
    case comparing
    /// It sends what its informers tell, one message after the other, and waits for the acknowledgement of each.
    case cloudCore
  }

  private struct State {
    var kind = Kind.unknown
    var deliversMessages = false
    var wasHeard = false
  }

  private let state = Mutex(State())
  /// Woken when the kind is known, and when something was heard for the first time.
  let news = CoalescingQueue<Bool>()

  var kind: Kind { state.withLock { $0.kind } }
  /// Whether it delivers more than objects, and waits for the answer to everything that has an id.
  var deliversMessages: Bool { state.withLock { $0.deliversMessages } }
  /// Whether anything came over this connection.
  var wasHeard: Bool { state.withLock { $0.wasHeard } }

  func heard() {
    let isFirst = state.withLock { state in
      defer { state.wasHeard = true }
      return !state.wasHeard
    }
    if isFirst { news.add(true) }
  }

  func answeredInventory(deliversMessages: Bool) {
    state.withLock { state in
      state.kind = .comparing
      state.deliversMessages = deliversMessages
    }
    news.add(true)
  }

  /// An object or another answer came, or no answer in good time.
  func isNotComparing() {
    let isNew = state.withLock { state in
      guard state.kind == .unknown else { return false }
      state.kind = .cloudCore
      return true
    }
    if isNew { news.add(true) }
  }
}
#endif
