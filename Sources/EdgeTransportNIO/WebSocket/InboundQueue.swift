#if Networking
import EdgeTransport
import Synchronization

/// Messages on their way from one event loop to the one task that reads them.
///
/// The event loop never waits: it heeds ``isFull`` and stops reading its socket, so that TCP tells the peer. What one read
/// brought may stand above the bound.
final class InboundQueue: Sendable {
  typealias Outcome = Result<WebSocketMessage?, TransportError>
  private typealias Reader = CheckedContinuation<Outcome, Never>

  private struct State {
    var messages = FIFO<WebSocketMessage>()
    var bytes = 0
    /// Invariant: it waits only while nothing is queued and nothing has ended.
    var reader: Reader?
    var wasCancelledBeforeWaiting = false
    /// Set by the first end; what is queued is still read.
    var end: Result<Void, TransportError>?

    mutating func pop() -> WebSocketMessage? {
      guard let message = messages.popFirst() else { return nil }
      bytes -= message.bytes.count
      return message
    }

    var outcomeOfEnd: Outcome? {
      switch end {
      case .none: nil
      case .success: .success(nil)
      case .failure(let error): .failure(error)
      }
    }
  }

  private let state = Mutex(State())
  private let maximumCount: Int
  private let maximumBytes: Int
  /// Called, outside the lock, after a read made room.
  private let onRoom: @Sendable () -> Void
  /// Called, outside the lock, when the reader has come to the end.
  private let onEndReached: @Sendable () -> Void

  init(
    maximumCount: Int, maximumBytes: Int, onRoom: @escaping @Sendable () -> Void,
    onEndReached: @escaping @Sendable () -> Void
  ) {
    self.maximumCount = maximumCount
    self.maximumBytes = maximumBytes
    self.onRoom = onRoom
    self.onEndReached = onEndReached
  }

  var isFull: Bool { state.withLock { $0.messages.count >= maximumCount || $0.bytes >= maximumBytes } }

  /// Takes what one read of the socket brought; after the end it is dropped.
  func append(_ batch: [WebSocketMessage]) {
    guard !batch.isEmpty else { return }
    let woken: (Reader, WebSocketMessage)? = state.withLock { state in
      guard state.end == nil else { return nil }
      for message in batch {
        state.messages.append(message)
        state.bytes += message.bytes.count
      }
      guard let reader = state.reader, let first = state.pop() else { return nil }
      state.reader = nil
      return (reader, first)
    }
    if let (reader, message) = woken { reader.resume(returning: .success(message)) }
  }

  /// The next message; nil at an end in good order or when the task was cancelled. One task reads at a time.
  func next() async throws(TransportError) -> WebSocketMessage? {
    if let outcome = state.withLock({ state -> Outcome? in state.pop().map { .success($0) } ?? state.outcomeOfEnd }) {
      return try finish(outcome)
    }
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { (reader: Reader) in
        let outcome: Outcome? = state.withLock { state in
          if let message = state.pop() { return .success(message) }
          if let end = state.outcomeOfEnd { return end }
          if state.wasCancelledBeforeWaiting { return .success(nil) }
          precondition(state.reader == nil, "one task reads a connection")
          state.reader = reader
          return nil
        }
        if let outcome { reader.resume(returning: outcome) }
      }
    } onCancel: {
      let reader: Reader? = state.withLock { state in
        defer { state.reader = nil }
        if state.reader == nil { state.wasCancelledBeforeWaiting = true }
        return state.reader
      }
      reader?.resume(returning: .success(nil))
    }
    // The mark belongs to this wait alone: another task may read on.
    state.withLock { $0.wasCancelledBeforeWaiting = false }
    return try finish(outcome)
  }

  private func finish(_ outcome: Outcome) throws(TransportError) -> WebSocketMessage? {
    if case .success(.some) = outcome { onRoom() } else { onEndReached() }
    return try outcome.get()
  }

  /// Ends the queue; nil is an end in good order. The first call decides.
  func finish(_ error: TransportError?) {
    let woken: (Reader, Outcome)? = state.withLock { state in
      guard state.end == nil else { return nil }
      state.end = error.map { .failure($0) } ?? .success(())
      guard let reader = state.reader else { return nil }
      state.reader = nil
      return (reader, error.map { .failure($0) } ?? .success(nil))
    }
    if let (reader, outcome) = woken { reader.resume(returning: outcome) }
  }
}
#endif
