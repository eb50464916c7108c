#if Networking
import EdgeTransport
import Synchronization

/// Messages on their way from any task to one event loop.
///
/// Many messages queued between two turns of the loop leave in one write (one TLS record, one system call). Bound: a
/// number of bytes; `push` suspends above it, in order of arrival, until the socket has taken enough.
final class OutboundQueue: Sendable {
  private typealias Waiter = CheckedContinuation<Result<Void, TransportError>, Never>

  private struct State {
    /// Invariant: somebody waits only while something is queued, so whoever takes the last payload meets the waiters.
    var payloads = FIFO<WebSocketMessage>()
    var bytes = 0
    var waiters = FIFO<(ticket: UInt64, payload: WebSocketMessage, continuation: Waiter)>()
    var lastTicket: UInt64 = 0
    var cancelledBeforeWaiting: Set<UInt64> = []
    /// The loop has been told and has not looked yet.
    var isDrainRequested = false
    /// Set by the first end; what is queued then still leaves if the end was in good order.
    var end: TransportError?

    func hasRoom(for payload: WebSocketMessage, within limit: Int) -> Bool {
      payloads.isEmpty || bytes + payload.bytes.count <= limit
    }

    mutating func append(_ payload: WebSocketMessage) -> Bool {
      payloads.append(payload)
      bytes += payload.bytes.count
      defer { isDrainRequested = true }
      return !isDrainRequested
    }
  }

  private let state = Mutex(State())
  private let maximumBytes: Int

  init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

  /// - Parameter wake: asks the event loop to ``take(upTo:)``; called outside the lock, and only when the loop does not
  ///   know yet.
  func push(_ payload: WebSocketMessage, wake: @Sendable () -> Void) async throws(TransportError) {
    enum Step {
      case accepted(isFirst: Bool)
      case ended(TransportError)
      case wait(UInt64)
    }
    let step: Step = state.withLock { state in
      if let end = state.end { return .ended(end) }
      if state.waiters.isEmpty, state.hasRoom(for: payload, within: maximumBytes) {
        return .accepted(isFirst: state.append(payload))
      }
      state.lastTicket += 1
      return .wait(state.lastTicket)
    }
    switch step {
    case .accepted(let isFirst): if isFirst { wake() }
    case .ended(let error): throw error
    case .wait(let ticket): try await wait(with: payload, ticket: ticket, wake: wake)
    }
  }

  private func wait(
    with payload: WebSocketMessage, ticket: UInt64, wake: @Sendable () -> Void
  ) async throws(TransportError) {
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: Waiter) in
        let (immediate, isFirst): (Result<Void, TransportError>?, Bool) = state.withLock { state in
          if let end = state.end { return (.failure(end), false) }
          if state.cancelledBeforeWaiting.remove(ticket) != nil { return (.failure(.cancelled), false) }
          if state.waiters.isEmpty, state.hasRoom(for: payload, within: maximumBytes) {
            return (.success(()), state.append(payload))
          }
          state.waiters.append((ticket, payload, continuation))
          return (nil, false)
        }
        if isFirst { wake() }
        if let immediate { continuation.resume(returning: immediate) }
      }
    } onCancel: {
      cancel(ticket)
    }
    state.withLock { _ = $0.cancelledBeforeWaiting.remove(ticket) }
    try result.get()
  }

  private func cancel(_ ticket: UInt64) {
    let waiter: Waiter? = state.withLock { state in
      var found: Waiter?
      state.waiters.filter { waiting in
        if waiting.ticket == ticket { found = waiting.continuation }
        return waiting.ticket != ticket
      }
      if found == nil { state.cancelledBeforeWaiting.insert(ticket) }
      return found
    }
    waiter?.resume(returning: .failure(.cancelled))
  }

  /// Takes payloads of about `limit` bytes, at least one; nothing when none waits. Only the event loop calls it.
  func take(upTo limit: Int) -> [WebSocketMessage] {
    var resumed: [Waiter] = []
    let taken: [WebSocketMessage] = state.withLock { state in
      var taken: [WebSocketMessage] = []
      var bytes = 0
      while let next = state.payloads.first, taken.isEmpty || bytes + next.bytes.count <= limit {
        _ = state.payloads.popFirst()
        bytes += next.bytes.count
        taken.append(next)
      }
      state.bytes -= bytes
      while let waiter = state.waiters.first, state.hasRoom(for: waiter.payload, within: maximumBytes) {
        _ = state.waiters.popFirst()
        _ = state.append(waiter.payload)
        resumed.append(waiter.continuation)
      }
      // The loop goes on taking until nothing is left, so only then must it be woken again.
      state.isDrainRequested = !taken.isEmpty
      return taken
    }
    for waiter in resumed { waiter.resume(returning: .success(())) }
    return taken
  }

  /// Refuses everything from now on. The first call decides the error that senders see.
  func finish(_ error: TransportError) {
    let waiters: [Waiter] = state.withLock { state in
      if state.end == nil { state.end = error }
      var waiters: [Waiter] = []
      while let waiter = state.waiters.popFirst() { waiters.append(waiter.continuation) }
      return waiters
    }
    for waiter in waiters { waiter.resume(returning: .failure(error)) }
  }
}

extension TransportError {
  package static let cancelled = TransportError(code: .cancelled, message: "the sending task was cancelled")
  package static let closed = TransportError(code: .closed, message: "the connection is closed")
}
#endif
