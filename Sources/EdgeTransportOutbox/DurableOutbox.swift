import EdgePrimitives
import EdgeStore
import EdgeTransport
import Synchronization

/// Makes a ``MessageLink`` durable: what ``enqueue(_:whenFull:)`` has returned for survives `kill -9`.
///
/// The records stand under one prefix of any store, so a hub keeps the outboxes of all its nodes in one, and an edge keeps
/// its outbox beside its cache. Everything that is enqueued while the disk is busy is written in the next round,
/// together: the more producers there are, the fewer writes each item costs. An item that a newer one replaces before
/// its round is never written.
///
/// ``run()`` must run for anything to be written, or sent: with a journal nothing is sent before it is on the disk.
public final class DurableOutbox: Sendable {
  /// What was found when the journal was read.
  public struct Restoration: Hashable, Sendable {
    /// Items that were pending when the last life of this outbox ended.
    public var items = 0
    /// Records that could not be read; they were left where they are.
    public var unreadable: [StoreKey] = []
  }

  public let link: MessageLink
  private let journal: StoreJournal
  private let clock: any Clock<Duration>
  private let state = Mutex(State())

  private struct State {
    var restoration: Restoration?
    var written: UInt64 = 0
    /// Why nothing is written any more.
    var end: StoreError?
    var waiters: [UInt64: (batch: UInt64, continuation: CheckedContinuation<Void, any Error>)] = [:]
    var lastWaiter: UInt64 = 0

    mutating func take(upTo batch: UInt64) -> [CheckedContinuation<Void, any Error>] {
      let done = waiters.filter { $0.value.batch <= batch }
      for waiter in done.keys { waiters[waiter] = nil }
      // In the order they came, so that a simulation is the same each time.
      return done.sorted { $0.key < $1.key }.map(\.value.continuation)
    }
  }

  /// - Parameters:
  ///   - prefix: of all keys of this outbox; nobody else may use keys below it. It should end in a byte that occurs in no
  ///     other's prefix at that place, as "outbox/edge-1/" does.
  ///   - clock: for delays and deadlines, the link's included.
  public init(
    store: any MVCCStore, prefix: StoreKey, configuration: MessageLink.Configuration = MessageLink.Configuration(),
    clock: any Clock<Duration> = ContinuousClock()
  ) {
    link = MessageLink(configuration: configuration, isJournaled: true, clock: clock)
    journal = StoreJournal(store: store, prefix: prefix)
    self.clock = clock
  }

  /// Takes an item, and returns when it is as durable as its class asks for.
  ///
  /// - Parameter whenFull: whether to wait for room or to return `refused`.
  /// - Throws: ``StoreError`` when the store failed for good; the item is not durable and will not be sent.
  ///   `CancellationError` when the task was cancelled meanwhile; the item may be delivered.
  @discardableResult
  public func enqueue(
    _ item: DeliveryItem, whenFull: MessageLink.WhenFull = .wait
  ) async throws -> Outbox.EnqueueResult {
    if let end = state.withLock({ $0.end }) { throw end }
    let outcome = await link.enqueueNoting(item, whenFull: whenFull)
    if outcome.result == .refused {
      try Task.checkCancellation()
      return .refused
    }
    try await durable(outcome.batch)
    return outcome.result
  }

  /// Takes several items in order, and returns when all of them are durable; one wait for the disk for all of them.
  /// - Throws: as ``enqueue(_:whenFull:)``.
  @discardableResult
  public func enqueue(
    contentsOf items: [DeliveryItem], whenFull: MessageLink.WhenFull = .wait
  ) async throws -> [Outbox.EnqueueResult] {
    if let end = state.withLock({ $0.end }) { throw end }
    let outcomes = await link.enqueueNoting(contentsOf: items, whenFull: whenFull)
    try await durable(outcomes.map(\.batch).max() ?? 0)
    return outcomes.map(\.result)
  }

  private func durable(_ batch: UInt64) async throws {
    let waiter = state.withLock { state in
      state.lastWaiter += 1
      return state.lastWaiter
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let result: Result<Void, any Error>? = state.withLock { state in
          if state.written >= batch { return .success(()) }
          if let end = state.end { return .failure(end) }
          if Task.isCancelled { return .failure(CancellationError()) }
          state.waiters[waiter] = (batch, continuation)
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: waiter) }?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Reads what an earlier life left behind, once; ``run()`` does it when nobody has.
  @discardableResult
  public func restore() async throws(StoreError) -> Restoration {
    if let restoration = state.withLock({ $0.restoration }) { return restoration }
    var records = OutboxRecords()
    let unreadable = try await journal.load { (key, value) throws(JournalError) in
      try records.read(key: key, value: value)
    }
    let restoration = Restoration(items: records.count, unreadable: unreadable)
    return state.withLock { [records] state in
      // Somebody else who read at the same time was first. Nobody sees that it is done before it is.
      if let first = state.restoration { return first }
      link.restore(records)
      state.restoration = restoration
      return restoration
    }
  }

  /// Writes the journal until the task is cancelled; once in the life of an outbox.
  /// - Throws: the store's error when it failed for good; whoever waits in ``enqueue(_:whenFull:)`` gets the same.
  public func run() async throws(StoreError) {
    do throws(StoreError) {
      try await restore()
      while let batch = await link.nextWrites() {
        try await write(batch)
        link.written(batch)
        let waiters = state.withLock { state in
          state.written = batch.number
          return state.take(upTo: batch.number)
        }
        for waiter in waiters { waiter.resume() }
      }
      end(StoreError(.closed, "nobody writes the outbox any more"))
    } catch {
      end(error)
      throw error
    }
  }

  /// Lets ``run()`` return when the batch under way is written; what is enqueued later throws. Whoever opens the same
  /// prefix again waits until ``MessageLink/isJournalQuiet`` before.
  public func stop() { link.endJournal() }

  private func end(_ error: StoreError) {
    let waiters = state.withLock { state in
      state.end = error
      return state.take(upTo: .max)
    }
    for waiter in waiters { waiter.resume(throwing: error) }
  }

  /// The transactions of a batch touch different keys, so they may go at once: the store commits them as one group.
  private func write(_ batch: JournalBatch) async throws(StoreError) {
    var splitter = TransactionSplitter()
    for operation in batch.operations { splitter.add(journal.operation(operation)) }
    splitter.flush()
    if let only = splitter.transactions.first, splitter.transactions.count == 1 {
      return try await journal.commit(only, pausingOn: clock)
    }
    let outcome = await withTaskGroup(of: StoreError?.self) { group in
      for transaction in splitter.transactions {
        group.addTask { [journal, clock] in
          do throws(StoreError) {
            try await journal.commit(transaction, pausingOn: clock)
            return nil
          } catch {
            return error
          }
        }
      }
      return await group.reduce(StoreError?.none) { $0 ?? $1 }
    }
    if let outcome { throw outcome }
  }
}
