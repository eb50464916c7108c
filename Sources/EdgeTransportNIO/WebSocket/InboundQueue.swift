#if Networking
import EdgeTransport
import Synchronization

/// Messages on their way from one event loop to the one task that reads them.
///
/// The event loop never waits: it heeds ``isFull`` and stops reading its socket, so that TCP tells the peer. What one read
/// brought may stand above the bound.
final class InboundQueue: Sendable {
  typealias Outcome = Result<WebSocketMessage?, TransportError>
  private typealias Reader = UnsafeContinuation<Void, Never>

  private struct State {
    var messages = FIFO<WebSocketMessage>()
    var bytes = 0
    /// Invariant: it waits only while nothing is queued and nothing has ended.
    var reader: Reader?
    var wasCancelled = false
    /// Set by the first end; what is queued is still read.
    var end: Result<Void, TransportError>?

    var canGoOn: Bool { !messages.isEmpty || end != nil }

    mutating func takeReader() -> Reader? {
      defer { reader = nil }
      return reader
    }

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
    let woken: Reader? = state.withLock { state in
      guard state.end == nil else { return nil }
      for message in batch {
        state.messages.append(message)
        state.bytes += message.bytes.count
      }
      return state.takeReader()
    }
    woken?.resume()
  }

  /// The next message; nil at an end in good order or when the task was cancelled. One task reads at a time.
  func next() async throws(TransportError) -> WebSocketMessage? {
    if state.withLock({ !$0.canGoOn }) { await arrival() }
    return try take()
  }

  /// What is there now; nil at the end, and when nothing is, since the task was cancelled then.
  @inline(never)
  private func take() throws(TransportError) -> WebSocketMessage? {
    let outcome = state.withLock { state -> Outcome in
      // The mark belongs to one wait: another task may read on.
      state.wasCancelled = false
      return state.pop().map { .success($0) } ?? state.outcomeOfEnd ?? .success(nil)
    }
    if case .success(.some) = outcome { onRoom() } else { onEndReached() }
    return try outcome.get()
  }

  /// Waits until something is there, it has ended or the task is cancelled. A session spends its life here, so the frame
  /// that waits holds nothing.
  @inline(never)
  private func arrival() async {
    await withTaskCancellationHandler {
      // Sound: whoever takes the reader out of the state, under the lock, resumes it, and every reader is taken out: by what
      // arrives, by the end, which every handler of a connection tells, or by cancellation.
      await withUnsafeContinuation { (reader: Reader) in
        let goesOn = state.withLock { state in
          if state.canGoOn || state.wasCancelled { return true }
          precondition(state.reader == nil, "one task reads a connection")
          state.reader = reader
          return false
        }
        if goesOn { reader.resume() }
      }
    } onCancel: {
      let reader: Reader? = state.withLock { state in
        state.wasCancelled = true
        return state.takeReader()
      }
      reader?.resume()
    }
  }

  /// Ends the queue; nil is an end in good order. The first call decides.
  func finish(_ error: TransportError?) {
    let woken: Reader? = state.withLock { state in
      guard state.end == nil else { return nil }
      state.end = error.map { .failure($0) } ?? .success(())
      return state.takeReader()
    }
    woken?.resume()
  }
}
#endif
