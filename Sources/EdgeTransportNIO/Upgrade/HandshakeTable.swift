#if Networking
import NIOCore
import Synchronization

/// The connections of a server that are not sessions yet, in the order they came; at most so many.
///
/// A new one beyond the bound pushes out the oldest: a handshake in good order is over in a moment, so the oldest are those
/// that only hold a place. To turn the new ones away instead would let a few hundred idle sockets lock every node out.
final class HandshakeTable: Sendable {
  private struct State {
    var order = [UInt64: any Channel]()
    var tickets = [ObjectIdentifier: UInt64]()
    /// Tickets below have left.
    var oldest: UInt64 = 1
    var last: UInt64 = 0
    var isStopping = false

    mutating func remove(_ channel: ObjectIdentifier) -> Bool {
      guard let ticket = tickets.removeValue(forKey: channel) else { return false }
      order[ticket] = nil
      return true
    }
  }

  enum Admission {
    case admitted(displacing: (any Channel)?)
    case stopping
  }

  private let state = Mutex(State())
  private let maximumCount: Int

  init(maximumCount: Int) {
    precondition(maximumCount > 0, "a server holds at least one handshake")
    self.maximumCount = maximumCount
  }

  var count: Int { state.withLock { $0.tickets.count } }

  func begin(_ channel: any Channel) -> Admission {
    state.withLock { state in
      if state.isStopping { return .stopping }
      var displaced: (any Channel)?
      if state.tickets.count >= maximumCount {
        while state.oldest <= state.last, state.order[state.oldest] == nil { state.oldest += 1 }
        displaced = state.order[state.oldest]
        if let displaced { _ = state.remove(ObjectIdentifier(displaced)) }
      }
      state.last += 1
      state.order[state.last] = channel
      state.tickets[ObjectIdentifier(channel)] = state.last
      return .admitted(displacing: displaced)
    }
  }

  /// Whether the handshake was still open.
  @discardableResult
  func end(_ channel: any Channel) -> Bool { state.withLock { $0.remove(ObjectIdentifier(channel)) } }

  /// Takes in no more and gives those that are open.
  func stop() -> [any Channel] {
    state.withLock { state in
      state.isStopping = true
      return Array(state.order.values)
    }
  }
}
#endif
