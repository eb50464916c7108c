#if SQLite
import EdgeStore

/// The tables of what heartbeats leave out: runs of skipped revisions, and up to where revisions are reserved.
final class SkippedRows {
  private let insertion: SQLiteStatement
  private let deletion: SQLiteStatement
  private let reservation: SQLiteStatement

  init(_ connection: SQLiteConnection) throws(StoreError) {
    insertion = try connection.prepare("INSERT INTO skipped (first, last) VALUES (?, ?)")
    deletion = try connection.prepare("DELETE FROM skipped WHERE last < ?")
    reservation = try connection.prepare("UPDATE session SET reserved = ?, heartbeats = ?")
  }

  func write(_ batch: WriteBatch) throws(StoreError) {
    for run in batch.skipped {
      try insertion.bind(run.lowerBound.rawValue, at: 1)
      try insertion.bind(run.upperBound.rawValue, at: 2)
      try insertion.run()
    }
    if let reservation = batch.reservation {
      try self.reservation.bind(reservation.revision.rawValue, at: 1)
      try self.reservation.bind(reservation.signature, at: 2)
      try self.reservation.run()
    }
    if let compacted = batch.compactedRevision {
      try deletion.bind(compacted.rawValue, at: 1)
      try deletion.run()
    }
  }

  struct Content {
    var skipped = SkippedRevisions()
    var reserved = Revision.zero
    /// ``HeartbeatPolicy/signature`` of the policy that reserved.
    var signature: [UInt8] = []
  }

  static func readAll(_ connection: SQLiteConnection) throws(StoreError) -> Content {
    var content = Content()
    let runs = try connection.prepare("SELECT first, last FROM skipped ORDER BY first")
    while try runs.step() {
      let (first, last) = (Revision(rawValue: runs.integer(at: 0)), Revision(rawValue: runs.integer(at: 1)))
      guard first <= last, first > content.skipped.last ?? .zero else {
        throw StoreError(.damaged, "the skipped revisions \(first) to \(last) contradict others")
      }
      content.skipped.append(first...last)
    }
    let session = try connection.prepare("SELECT reserved, heartbeats FROM session")
    if try session.step() {
      content.reserved = Revision(rawValue: session.integer(at: 0))
      content.signature = session.bytes(at: 1)
    }
    return content
  }
}
#endif
