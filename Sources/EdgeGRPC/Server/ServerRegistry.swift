#if Networking
import NIOCore
import Synchronization

/// The open connections and running handlers of one server: bounds the first, and lets a stopping server wait for both.
final class ServerRegistry: Sendable {
  private struct State {
    /// How each connection is told that the server stops.
    var stops: [ObjectIdentifier: @Sendable () -> Void] = [:]
    var channels: [ObjectIdentifier: any Channel] = [:]
    var tasks = 0
    var isStopping = false
    var waiter: CheckedContinuation<Void, Never>?

    var isIdle: Bool { channels.isEmpty && tasks == 0 }
  }

  private let maximum: Int
  private let state = Mutex(State())

  init(maximum: Int) { self.maximum = maximum }

  /// - Returns: false when the connection is one too many or the server is stopping; the caller closes it.
  func admit(_ channel: any Channel, _ mailbox: LoopMailbox<ServerCommand>) -> Bool {
    let id = ObjectIdentifier(channel)
    let isAdmitted = state.withLock { state in
      guard !state.isStopping, state.channels.count < maximum else { return false }
      state.channels[id] = channel
      state.stops[id] = { mailbox.post(.stop) }
      return true
    }
    if isAdmitted {
      channel.closeFuture.whenComplete { _ in
        self.update { state in
          state.channels[id] = nil
          state.stops[id] = nil
        }
      }
    }
    return isAdmitted
  }

  /// A guest has taken the connection over.
  func hand(_ channel: any Channel, stop: @escaping @Sendable () -> Void) {
    let isStopping = state.withLock { state in
      // Nil when the channel is closed already.
      if state.stops[ObjectIdentifier(channel)] != nil { state.stops[ObjectIdentifier(channel)] = stop }
      return state.isStopping
    }
    if isStopping { stop() }
  }

  func taskStarted() { state.withLock { $0.tasks += 1 } }
  func taskEnded() { update { $0.tasks -= 1 } }

  private func update(_ change: (inout State) -> Void) {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      change(&state)
      guard state.isIdle else { return nil }
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Admits nothing more and lets each connection drain.
  func stop() {
    let stops = state.withLock { state in
      state.isStopping = true
      return Array(state.stops.values)
    }
    for stop in stops { stop() }
  }

  func closeAll() {
    for channel in state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
  }

  /// Returns when the last connection is closed and the last handler has returned.
  func becomeIdle() async {
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        if !state.isIdle { state.waiter = continuation }
        return state.isIdle
      }
      if isIdle { continuation.resume() }
    }
  }
}
#endif
