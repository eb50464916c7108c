#if SQLite
import Dispatch
import EdgeStore
import Synchronization

/// Reads of single keys that need the disk. Those that come while others are read are read together, in one transaction of
/// the database: giving its locks and taking them costs more than the reading. As many may wait as callers are let in.
struct PendingReads {
  struct Read: Sendable {
    var request: RangeRequest
    var reply: @Sendable (Result<RangeResponse, StoreError>) -> Void
  }

  private var waiting: [Read] = []
  private var isReading = false

  /// Returns whether somebody has to begin reading.
  mutating func add(_ read: Read) -> Bool {
    waiting.append(read)
    defer { isReading = true }
    return !isReading
  }

  /// All that wait; nil when there are none, and reading has ended.
  mutating func take() -> [Read]? {
    if waiting.isEmpty {
      isReading = false
      return nil
    }
    defer { waiting = [] }
    return waiting
  }
}

extension SQLiteStore: ImmediateReads {
  package func rangeNow(_ request: RangeRequest) throws(StoreError) -> RangeResponse? {
    try shared.snapshot().rangeInMemory(request)
  }

  package func range(
    _ request: RangeRequest, reply: @escaping @Sendable (Result<RangeResponse, StoreError>) -> Void
  ) {
    let read = PendingReads.Read(request: request, reply: reply)
    guard request.keys.singleKey != nil else { return readAlone(read) }
    if pendingReads.withLock({ $0.add(read) }) { reads.async { self.readPending() } }
  }

  private func readPending() {
    while let together = pendingReads.withLock({ $0.take() }) {
      if let keyspace = try? shared.snapshot() {
        // What cannot be read is told to whoever asked for it.
        try? reader.remember(Set(together.compactMap { keyspace.absentVersion(for: $0.request) }))
      }
      for read in together {
        do throws(StoreError) {
          if let response = try rangeNow(read.request) { read.reply(.success(response)) } else { readAlone(read) }
        } catch {
          read.reply(.failure(error))
        }
      }
    }
  }

  private func readAlone(_ read: PendingReads.Read) {
    Task {
      do throws(StoreError) {
        read.reply(.success(try await range(read.request)))
      } catch {
        read.reply(.failure(error))
      }
    }
  }
}
#endif
