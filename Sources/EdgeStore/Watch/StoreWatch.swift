/// A running watch: batches in strictly increasing revisions, without gap or repeat.
///
/// The sequence throws ``StoreError`` with code `compacted` when what it should deliver next has been compacted (then
/// list anew and watch from there). It ends when ``cancel()`` is called, when the reading task is cancelled, and when the
/// store is closed. One task reads at a time. A reader may take its time: it delays nobody, and its memory is bounded
/// because a full queue is given up in favour of reading the store's log.
public struct StoreWatch: AsyncSequence, Sendable {
  public typealias Element = WatchBatch
  public typealias Failure = StoreError

  /// Where the store stood when the watch was made. Events up to here come from history, later ones as they happen.
  public let createdAt: Revision
  private let handle: Handle

  /// For authors of backends.
  ///
  /// - Parameters:
  ///   - next: gives the next batch, nil at the end; honours task cancellation by ending.
  ///   - requestProgress: see ``requestProgress()``.
  ///   - cancel: ends the watch and frees it; called once, at the latest when the last copy of the watch goes away.
  public init(
    createdAt: Revision, next: @escaping @Sendable () async throws(StoreError) -> WatchBatch?,
    requestProgress: @escaping @Sendable () -> Void, cancel: @escaping @Sendable () -> Void
  ) {
    self.createdAt = createdAt
    handle = Handle(next: next, requestProgress: requestProgress, cancel: cancel)
  }

  /// Asks for a batch without events, in order among the others, as soon as all that has happened has been shown. Asking
  /// again before it came makes no second one.
  public func requestProgress() { handle.requestProgress() }

  /// Ends the watch; a waiting reader gets the end of the sequence.
  public func cancel() { handle.cancel() }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(handle: handle) }

  public struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let handle: Handle

    public mutating func next() async throws(StoreError) -> WatchBatch? { try await handle.next() }

    public mutating func next(isolation actor: isolated (any Actor)?) async throws(StoreError) -> WatchBatch? {
      try await handle.next()
    }
  }

  /// Frees the watcher in the store when nobody can read from it any more, so that a forgotten watch does not leak.
  fileprivate final class Handle: Sendable {
    let next: @Sendable () async throws(StoreError) -> WatchBatch?
    let requestProgress: @Sendable () -> Void
    let cancel: @Sendable () -> Void

    init(
      next: @escaping @Sendable () async throws(StoreError) -> WatchBatch?,
      requestProgress: @escaping @Sendable () -> Void, cancel: @escaping @Sendable () -> Void
    ) {
      self.next = next
      self.requestProgress = requestProgress
      self.cancel = cancel
    }

    deinit { cancel() }
  }
}
