#if Networking
import NIOCore
import Synchronization

/// Messages on their way from writers to the event loop: writers wait while more than `limit` bytes have not reached the
/// connection, which is so while the peer's flow-control window is shut.
final class StreamOutlet: Sendable {
  private struct State {
    var pending = 0
    var waiting: [UInt64: CheckedContinuation<Void, any Error>] = [:]
    var nextWaiter: UInt64 = 0
    var end: (any Error)?
  }

  private let state = Mutex(State())
  private let port: any StreamPort
  private let limit: Int

  init(port: any StreamPort, limit: Int) {
    self.port = port
    self.limit = limit
  }

  /// - Parameter frame: a framed message.
  func write(_ frame: ByteBuffer) async throws {
    while try !accept(frame) { try await waitForRoom() }
  }

  /// Sends the message if there is room for it, without waiting.
  func offer(_ frame: ByteBuffer) throws -> Bool { try accept(frame) }

  func end() { port.send(.end) }

  private func accept(_ frame: ByteBuffer) throws -> Bool {
    let accepted = try state.withLock { state in
      if let end = state.end { throw end }
      // One message is always let through, or a message larger than the limit never could be.
      guard state.pending < limit else { return false }
      state.pending += frame.readableBytes
      return true
    }
    if accepted { port.send(.message(frame)) }
    return accepted
  }

  func waitForRoom() async throws {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let outcome = state.withLock { state -> Result<Void, any Error>? in
          if let end = state.end { return .failure(end) }
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.pending < limit { return .success(()) }
          state.waiting[id] = continuation
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(throwing: CancellationError())
    }
  }

  // MARK: - The event loop's side

  func written(_ bytes: Int) {
    let waiting = state.withLock { state -> [CheckedContinuation<Void, any Error>] in
      state.pending -= bytes
      // Not at the first free byte: a writer that is woken should have something to do.
      guard !state.waiting.isEmpty, state.pending <= limit / 2 else { return [] }
      defer { state.waiting.removeAll() }
      return Array(state.waiting.values)
    }
    for writer in waiting { writer.resume() }
  }

  /// The first end counts; writers get its error.
  func finish(_ error: any Error) {
    let waiting = state.withLock { state -> [CheckedContinuation<Void, any Error>] in
      if state.end == nil { state.end = error }
      defer { state.waiting.removeAll() }
      return Array(state.waiting.values)
    }
    for writer in waiting { writer.resume(throwing: error) }
  }
}
#endif
