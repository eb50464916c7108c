#if Networking
import NIOCore
import Synchronization

/// Messages on their way from the event loop to one reader. Bounded by the stream's flow-control window: bytes count
/// against it until the reader has taken them.
final class StreamInlet: Sendable {
  private struct State {
    var messages = CircularBuffer<ByteBuffer>()
    var end: Result<Void, any Error>?
    var reader: CheckedContinuation<ByteBuffer?, any Error>?
    /// Taken by the reader and not yet reported.
    var taken = 0
  }

  private let state = Mutex(State())
  private let port: any StreamPort
  /// So that a reader of small messages does not wake the event loop for each of them.
  private let reportThreshold: Int

  init(port: any StreamPort, windowBytes: Int) {
    self.port = port
    reportThreshold = windowBytes / 4
  }

  // MARK: - The event loop's side

  func receive(_ message: ByteBuffer) {
    let (reader, taken) = state.withLock { state -> (CheckedContinuation<ByteBuffer?, any Error>?, Int) in
      guard state.end == nil else { return (nil, 0) }
      guard let reader = state.reader else {
        state.messages.append(message)
        return (nil, 0)
      }
      state.reader = nil
      return (reader, Self.take(message, &state, threshold: reportThreshold))
    }
    reader?.resume(returning: message)
    if taken > 0 { port.send(.taken(taken)) }
  }

  /// The first end counts. Messages that were received before it are still read, unless it is an error of this side.
  func finish(_ end: Result<Void, any Error>, discardingMessages: Bool = false) {
    let reader = state.withLock { state -> CheckedContinuation<ByteBuffer?, any Error>? in
      if state.end == nil { state.end = end }
      if discardingMessages { state.messages.removeAll() }
      defer { state.reader = nil }
      return state.reader
    }
    switch end {
    case .success: reader?.resume(returning: nil)
    case .failure(let error): reader?.resume(throwing: error)
    }
  }

  // MARK: - The reader's side

  /// The next message, nil at the end. One reader at a time.
  func next() async throws -> ByteBuffer? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (outcome, taken) = state.withLock { state -> (Result<ByteBuffer?, any Error>?, Int) in
          if let message = state.messages.popFirst() {
            return (.success(message), Self.take(message, &state, threshold: reportThreshold))
          }
          switch state.end {
          case .success: return (.success(nil), 0)
          case .failure(let error): return (.failure(error), 0)
          case nil: break
          }
          if Task.isCancelled { return (.failure(CancellationError()), 0) }
          precondition(state.reader == nil, "a stream has one reader")
          state.reader = continuation
          return (nil, 0)
        }
        if let outcome { continuation.resume(with: outcome) }
        if taken > 0 { port.send(.taken(taken)) }
      }
    } onCancel: {
      let reader = state.withLock { state in
        defer { state.reader = nil }
        return state.reader
      }
      reader?.resume(throwing: CancellationError())
    }
  }

  private static func take(_ message: ByteBuffer, _ state: inout State, threshold: Int) -> Int {
    state.taken += message.readableBytes + MessageFrame.prefixBytes
    guard state.taken >= threshold else { return 0 }
    defer { state.taken = 0 }
    return state.taken
  }
}
#endif
