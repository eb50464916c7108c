#if Networking
import NIOCore
import Synchronization

/// The connections of a server that are not sessions yet, in the order they came; at most so many.
///
/// A new one beyond the bound pushes out the oldest: a handshake in good order is over in a moment, so the oldest are those
/// that only hold a place. To turn the new ones away instead would let a few hundred idle sockets lock every node out.
final class HandshakeTable: Sendable {
  private struct State {
    var order = [UInt64: (channel: any Channel, deadline: Scheduled<Void>?)]()
    var tickets = [ObjectIdentifier: UInt64]()
    /// Tickets below have left.
    var oldest: UInt64 = 1
    var last: UInt64 = 0
    var isStopping = false

    /// Nil when it was not there; else its deadline, if it had got one.
    mutating func remove(_ channel: ObjectIdentifier) -> Scheduled<Void>?? {
      tickets.removeValue(forKey: channel).flatMap { order.removeValue(forKey: $0) }.map(\.deadline)
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
        displaced = state.order[state.oldest]?.channel
        if let displaced { _ = state.remove(ObjectIdentifier(displaced)) }
      }
      state.last += 1
      state.order[state.last] = (channel, nil)
      state.tickets[ObjectIdentifier(channel)] = state.last
      return .admitted(displacing: displaced)
    }
  }

  /// Remembers what cuts the handshake off when it takes too long, to cancel it when the handshake ends.
  func set(_ deadline: Scheduled<Void>, for channel: any Channel) {
    state.withLock { state in
      guard let ticket = state.tickets[ObjectIdentifier(channel)] else { return }
      state.order[ticket]?.deadline = deadline
    }
  }

  /// Whether the handshake was still open.
  @discardableResult
  func end(_ channel: any Channel) -> Bool {
    guard let deadline = state.withLock({ $0.remove(ObjectIdentifier(channel)) }) else { return false }
    deadline?.cancel()
    return true
  }

  /// Takes in no more and gives those that are open.
  func stop() -> [any Channel] {
    state.withLock { state in
      state.isStopping = true
      return state.order.values.map(\.channel)
    }
  }
}
#endif
