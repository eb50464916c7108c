#if SQLite
import EdgeStore

/// A first look at all rows, without their values: whether they can be taken over, and from where on history can.
///
/// Our history has no holes, kine's has: numbers that were filled, the row of the compaction itself, and after damage
/// numbers that are missing. So history begins after the last of them.
struct KineSurvey {
  let compactedRevision: Int64
  /// The highest number: where kine stands.
  private(set) var currentRevision: Int64 = 0
  /// From this revision on every one is there, and what it superseded too.
  private(set) var historyStart: Int64
  private(set) var gapRowCount = 0
  private(set) var missingCount: Int64 = 0
  private(set) var contradictionCount = 0
  private(set) var oversizedCount = 0
  /// The first evidence of damage.
  private(set) var firstBreak: String?
  private var current: [StoreKey: Int64] = [:]

  init(compactedRevision: Int64) {
    self.compactedRevision = compactedRevision
    historyStart = compactedRevision + 1
  }

  /// Takes note of the next row.
  mutating func look(at row: KineRow, valueBytes: Int64?) throws(KineError) {
    try checkSize(of: row, valueBytes: valueBytes)
    if row.id > compactedRevision {
      let expected = max(compactedRevision, currentRevision) + 1
      if row.id != expected {
        missingCount += row.id - expected
        noteBreak("revision \(expected) is missing", historyFrom: row.id)
      }
    }
    currentRevision = row.id
    switch row.kind {
    case .gap:
      gapRowCount += 1
      interrupt(at: row.id)
    case .compaction: interrupt(at: row.id)
    case .put(let created):
      let previous = current.updateValue(row.id, forKey: row.key)
      if created && previous != nil {
        contradict(row, "creates a key that exists since revision \(previous ?? 0)")
      } else if !created && previous != row.previousRevision {
        contradict(row, "updates revision \(row.previousRevision), but the key's is \(text(previous))")
      }
    case .delete:
      let previous = current.removeValue(forKey: row.key)
      if previous != row.previousRevision {
        contradict(row, "deletes revision \(row.previousRevision), but the key's is \(text(previous))")
      }
    }
  }

  private mutating func checkSize(of row: KineRow, valueBytes: Int64?) throws(KineError) {
    guard let valueBytes else { return }
    if valueBytes > Int64(KineRow.maximumValueBytes) {
      throw KineError(
        .valueTooLarge,
        "row \(row.id) of kine: the value of \(row.key) has \(valueBytes) bytes, more than \(KineRow.maximumValueBytes)"
      )
    }
    if valueBytes > Int64(StoreLimits.maximumRequestBytes) { oversizedCount += 1 }
  }

  private func text(_ revision: Int64?) -> String { revision.map { "\($0)" } ?? "none" }

  /// - Parameter lastNumber: the highest number that was ever given out; its row may have been compacted.
  mutating func finish(lastNumber: Int64) throws(KineError) {
    let newest = max(currentRevision, lastNumber)
    if compactedRevision > newest {
      throw KineError(.invalidRow, "kine compacted up to \(compactedRevision), but its newest revision is \(newest)")
    }
    let missing = newest - max(currentRevision, compactedRevision)
    if missing > 0 {
      missingCount += missing
      noteBreak("revision \(newest) is missing", historyFrom: newest + 1)
    }
    currentRevision = newest
  }

  /// What lies below the compacted revision may refer to rows that are gone.
  private mutating func contradict(_ row: KineRow, _ what: String) {
    guard row.id > compactedRevision else { return }
    contradictionCount += 1
    noteBreak("revision \(row.id) of \(row.key) \(what)", historyFrom: row.id + 1)
  }

  private mutating func noteBreak(_ what: String, historyFrom start: Int64) {
    if firstBreak == nil { firstBreak = what }
    historyStart = max(historyStart, start)
  }

  private mutating func interrupt(at revision: Int64) { historyStart = max(historyStart, revision + 1) }
}
#endif
