#if Networking
import EdgeStore
import Synchronization

/// Hands pieces from one task to another, one at a time: the sender waits until its piece has been taken.
final class PieceRelay: Sendable {
  private struct State {
    var piece: [UInt8]?
    var sender: CheckedContinuation<Void, any Error>?
    var reader: CheckedContinuation<Result<[UInt8]?, StoreError>, Never>?
    var end: Result<Void, StoreError>?
  }
  private let state = Mutex(State())

  /// - Throws: `CancellationError` when the reader wants no more.
  func send(_ piece: [UInt8]) async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (reader, isOver) = state.withLock { state -> (CheckedContinuation<Result<[UInt8]?, StoreError>, Never>?, Bool) in
          if state.end != nil { return (nil, true) }
          if let reader = state.reader {
            state.reader = nil
            return (reader, false)
          }
          state.piece = piece
          state.sender = continuation
          return (nil, false)
        }
        if isOver {
          continuation.resume(throwing: CancellationError())
        } else if let reader {
          reader.resume(returning: .success(piece))
          continuation.resume()
        }
      }
    } onCancel: {
      cancel()
    }
  }

  /// - Parameter error: nil for an end in good order.
  func finish(_ error: StoreError?) {
    let reader = state.withLock { state -> CheckedContinuation<Result<[UInt8]?, StoreError>, Never>? in
      if state.end == nil { state.end = error.map { .failure($0) } ?? .success(()) }
      defer { state.reader = nil }
      return state.reader
    }
    reader?.resume(returning: error.map { .failure($0) } ?? .success(nil))
  }

  /// The reader wants no more.
  func cancel() {
    let sender = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      state.end = .failure(StoreError(.closed, "the snapshot was cancelled"))
      state.piece = nil
      defer { state.sender = nil }
      return state.sender
    }
    sender?.resume(throwing: CancellationError())
    finish(.closed)
  }

  /// The next piece, nil after the last. Cancelling the task ends the whole.
  func next() async throws(StoreError) -> [UInt8]? {
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Result<[UInt8]?, StoreError>, Never>) in
        let (result, sender) = state.withLock {
          state -> (Result<[UInt8]?, StoreError>?, CheckedContinuation<Void, any Error>?) in
          if let piece = state.piece {
            state.piece = nil
            defer { state.sender = nil }
            return (.success(piece), state.sender)
          }
          if let end = state.end { return (end.map { nil }, nil) }
          state.reader = continuation
          return (nil, nil)
        }
        sender?.resume()
        if let result { continuation.resume(returning: result) }
      }
    } onCancel: {
      cancel()
    }
    return try result.get()
  }
}
#endif
