import EdgeStore
import EdgeTransport

/// The part of a store under one prefix, where a machine of EdgeTransport keeps its records.
struct StoreJournal: Sendable {
  let store: any MVCCStore
  let prefix: StoreKey

  /// Reads everything under the prefix, in pages.
  ///
  /// - Parameter read: called for one record after the other; what it throws makes the record unreadable.
  /// - Returns: the keys of unreadable records. They stay where they are, for whoever wants to look at them.
  func load(_ read: (_ key: [UInt8], _ value: [UInt8]) throws(JournalError) -> Void) async throws(StoreError)
    -> [StoreKey]
  {
    var unreadable: [StoreKey] = []
    var start = prefix
    let end = KeyRange.prefix(prefix).end
    while true {
      let page = try await store.range(RangeRequest(.from(start, until: end), limit: Self.pageSize))
      for record in page.kvs {
        do throws(JournalError) {
          try read(Array(record.key.bytes.dropFirst(prefix.bytes.count)), record.value)
        } catch {
          unreadable.append(record.key)
        }
      }
      guard page.more, let last = page.kvs.last else { return unreadable }
      start = last.key.successor
    }
  }

  private static let pageSize = 512

  func operation(_ operation: JournalOperation) -> Transaction.Operation {
    switch operation {
    case .put(let key, let value): .put(absolute(key), value)
    case .delete(let key): .delete(.key(absolute(key)))
    case .deleteRange(let from, let until): .delete(.from(absolute(from), until: absolute(until)))
    }
  }

  private func absolute(_ key: [UInt8]) -> StoreKey { StoreKey(prefix.bytes + key) }

  /// What a transaction spends of ``StoreLimits/maximumRequestBytes`` for an operation.
  static func size(of operation: Transaction.Operation) -> Int {
    switch operation {
    case .put(let put): put.key.bytes.count + put.value.count
    case .delete(let delete): delete.keys.start.bytes.count + (delete.keys.end?.bytes.count ?? 0)
    case .range, .transaction: 0
    }
  }

  /// Commits until it is done. A store that has no room for the moment, or too much to do, is tried again with growing
  /// pauses: whoever waits for the commit waits with it, which is the back pressure of a full disk.
  /// - Throws: any other error of the store, and the last one when the task is cancelled.
  func commit(_ transaction: Transaction, pausingOn clock: any Clock<Duration>) async throws(StoreError) {
    var pause = Duration.milliseconds(10)
    while true {
      do throws(StoreError) {
        _ = try await store.commit(transaction)
        return
      } catch {
        guard error.isRetryable || error.code == .noSpace, !Task.isCancelled else { throw error }
        do { try await clock.sleep(for: pause) } catch _ { throw error }
        pause = min(pause * 2, .seconds(5))
      }
    }
  }
}

/// Cuts operations into transactions that every store takes.
struct TransactionSplitter {
  private(set) var transactions: [Transaction] = []
  private var current: [Transaction.Operation] = []
  private var bytes = 0

  mutating func add(_ operation: Transaction.Operation) {
    let size = StoreJournal.size(of: operation)
    if current.count == StoreLimits.maximumOperations || bytes + size > Self.maximumBytes { flush() }
    current.append(operation)
    bytes += size
  }

  mutating func flush() {
    guard !current.isEmpty else { return }
    transactions.append(Transaction(success: current))
    current = []
    bytes = 0
  }

  /// Some room for what a store counts besides keys and values.
  static let maximumBytes = StoreLimits.maximumRequestBytes - (64 << 10)
}
