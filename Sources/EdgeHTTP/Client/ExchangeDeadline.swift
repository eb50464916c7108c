#if Networking
import NIOCore
import Synchronization

/// Closes a connection when its time is up and remembers that it did, so that the resulting error can be named rightly.
final class ExchangeDeadline: Sendable {
  private enum State {
    case running
    case passed
    case cancelled
  }

  private let state = Mutex(State.running)

  init(closing channel: any Channel, in timeout: Duration) {
    let timer = channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) {
      let passes = self.state.withLock { state in
        guard case .running = state else { return false }
        state = .passed
        return true
      }
      if passes { channel.close(promise: nil) }
    }
    channel.closeFuture.whenComplete { _ in timer.cancel() }
  }

  func cancel() {
    state.withLock { if case .running = $0 { $0 = .cancelled } }
  }

  var hasPassed: Bool {
    state.withLock { if case .passed = $0 { true } else { false } }
  }
}
#endif
