import EdgePrimitives
import Synchronization

extension MessageLink {
  /// Hands over what an earlier life had on the disk; nothing is written before.
  package func restore(_ records: OutboxRecords) {
    let ready = state.withLock { state in
      state.outbox.restore(records)
      return state.takeReady()
    }
    signalEnqueued()
    ready.resume()
  }

  /// The next batch for the journal. Waits for one; nil when the task was cancelled.
  package func nextWrites() async -> JournalBatch? {
    while !Task.isCancelled {
      let (batch, deadline) = state.withLock { state in
        (state.outbox.nextWrites(now: time.now), state.outbox.nextWriteDeadline)
      }
      if let batch { return batch }
      let timeout = deadline.map { max(.zero, $0 - time.now) }
      guard await journalWake.next(within: timeout, clock: time.clock) != nil else { return nil }
    }
    return nil
  }

  /// The batch is on the disk.
  package func written(_ batch: JournalBatch) {
    let ready = state.withLock { state in
      state.outbox.written(batch.number)
      return state.takeReady()
    }
    wake.add(.outbox)
    ready.resume()
  }

  /// Gives up what waits; see ``Outbox/discardWaiting()``.
  public func discardWaiting() {
    let ready = state.withLock { state in
      state.outbox.discardWaiting()
      return state.takeReady()
    }
    signalEnqueued()
    ready.resume()
  }

  /// Whether the journal is read and holds exactly what is pending.
  public var isJournalQuiet: Bool { state.withLock { $0.outbox.isJournalQuiet } }

  /// Lets ``nextWrites()`` return nil from now on.
  package func endJournal() { journalWake.finish() }
}
