#if SQLite
import EdgeStore

/// What one transaction of the database consists of.
struct WriteBatch {
  /// The changes to append, one array for each revision, oldest first.
  var changes: [[Change]] = []
  var leases: [LeaseChange] = []
  var compactedRevision: Revision?
  /// Rows that changes supersede, where that is not the version before them.
  var predecessors: [Int64: Int64] = [:]
  /// Versions written long after they were made.
  var heartbeats: [Heartbeat] = []
  /// Revisions that get no row.
  var skipped: [ClosedRange<Revision>] = []
  var reservation: Reservation?
  /// Rows that nothing can read any more.
  var removal = Removal()

  /// Rows to remove, in this order, and up to which row the search for such rows has then come.
  struct Removal {
    var doomed: [Int64] = []
    var cursor: Int64 = 0
  }

  struct Heartbeat {
    var version: StoredVersion
    /// The row of the version that was on the disk until now.
    var previous: Int64
    var fate: Fate

    /// What becomes of the row before.
    enum Fate {
      /// It stays until compaction comes to this one, or there would be a hole in the log.
      case stays
      /// It goes, and this one follows what it followed.
      case goes
      /// It goes with all before it, because compaction looks only at what lies ahead of its cursor.
      case goesWithItsPast
    }
  }

  struct Reservation {
    var revision: Revision
    var signature: [UInt8]
  }

  enum LeaseChange {
    case granted(Lease)
    case ended(LeaseID)
  }

  /// Whether a power cut may take it: what it removes would be removed again. Being in the log before what comes later, it
  /// is lost only together with that.
  var isMaintenance: Bool {
    changes.isEmpty && leases.isEmpty && compactedRevision == nil && heartbeats.isEmpty && skipped.isEmpty
      && reservation == nil
  }

  /// The oldest revision that gets a row.
  var firstRevision: Revision? {
    let changed = changes.first?.first?.version.keyValue.modRevision
    let beaten = heartbeats.lazy.map(\.version.keyValue.modRevision).min()
    return [changed, beaten].compactMap { $0 }.min()
  }

  var isEmpty: Bool { isMaintenance && removal.doomed.isEmpty }
}

/// The database file as the writer uses it: changes are appended, superseded ones removed, each call one transaction
/// that is on the disk when it returns.
final class ChangeLogFile {
  private let connection: SQLiteConnection
  private let insertion: SQLiteStatement
  private let deletion: SQLiteStatement
  private let compaction: SQLiteStatement
  private let leases: LeaseRows
  private let skipped: SkippedRows
  private let predecessor: SQLiteStatement
  private let cursor: SQLiteStatement
  private let superseding: SQLiteStatement
  private let begin: SQLiteStatement
  private let commit: SQLiteStatement
  private let freePages: SQLiteStatement
  private let allPages: SQLiteStatement
  private let pageBytes: Int64
  private let session: SQLiteStatement
  private let sessionID: Int64
  /// Whether the session's id is in the database.
  private var hasSession: Bool
  /// The newest change in the database and its checksum.
  private var newest: (row: Int64, checksum: Int64)?
  private let checkpointBytes: Int64
  /// Does the long part of checkpoints; nil when the writer does them alone.
  private let folder: LogFolder?
  private var pagesInLog: Int64 = 0
  /// Whether so much of the file is unused that some should go back to the file system.
  private(set) var hasExcessFreePages = false
  /// Pages written to the log, each with its frame header, plus an upper bound of those copied into the database: a page
  /// that is in the log several times is copied once but counted each time.
  private(set) var bytesWritten: Int64 = 0

  /// A log frame's header. Source: https://www.sqlite.org/fileformat2.html#walformat
  private static let frameHeaderBytes: Int64 = 24
  /// Unused pages that are not worth moving others for; new rows will use them.
  private static let toleratedFreePages: Int64 = 256
  /// Pages moved beside a group of writers, and in a step of its own: moving one costs as much as writing one.
  private static let movedBesideGroup = 4
  private static let movedAtOnce = 32

  /// - Parameter newSession: the id to give the database with the first write; nil to keep the one it has.
  init(
    _ connection: SQLiteConnection, checkpointBytes: Int, newSession: Int64?, folder: LogFolder? = nil
  ) throws(StoreError) {
    self.folder = folder
    self.connection = connection
    hasSession = newSession == nil
    if let newSession {
      sessionID = newSession
    } else {
      sessionID = try connection.integer("SELECT id FROM session") ?? 0
    }
    session = try connection.prepare("UPDATE session SET id = ?")
    let last = try connection.prepare("SELECT id, checksum FROM changes ORDER BY id DESC LIMIT 1")
    newest = try last.step() ? (last.integer(at: 0), last.integer(at: 1)) : nil
    last.reset()
    self.checkpointBytes = Int64(checkpointBytes)
    insertion = try connection.prepare(ChangeRow.insertion)
    deletion = try connection.prepare(ChangeRow.deletion)
    compaction = try connection.prepare("UPDATE compaction SET revision = ?")
    leases = try LeaseRows(connection)
    skipped = try SkippedRows(connection)
    predecessor = try connection.prepare("SELECT previous FROM changes WHERE id = ?")
    cursor = try connection.prepare("UPDATE compaction SET cursor = ?")
    superseding = try connection.prepare(
      "SELECT id, kind, previous FROM changes WHERE id >= ? AND id < ? ORDER BY id LIMIT ?")
    begin = try connection.prepare("BEGIN IMMEDIATE")
    commit = try connection.prepare("COMMIT")
    freePages = try connection.prepare("PRAGMA freelist_count")
    allPages = try connection.prepare("PRAGMA page_count")
    pageBytes = try connection.integer("PRAGMA page_size") ?? 4096
    _ = connection.takeWrittenPageCount()
  }

  /// What an index of the keys as of now would be tied to.
  var tie: KeyIndexFile.Tie? {
    guard hasSession, sessionID != 0, let newest else { return nil }
    return KeyIndexFile.Tie(session: sessionID, row: newest.row, checksum: newest.checksum)
  }

  /// Performs one transaction. When it throws, nothing of it is in the database, unless the error says that it may be.
  func write(_ batch: WriteBatch) throws(StoreError) {
    if !batch.isMaintenance { return try perform(batch) }
    // Without waiting for the disk, so that a writer who comes now does not wait for it twice.
    try connection.execute("PRAGMA synchronous = NORMAL")
    let outcome = Result { () throws(StoreError) in try perform(batch) }
    try connection.execute("PRAGMA synchronous = FULL")
    guard try connection.integer("PRAGMA synchronous") == 2 else {
      throw StoreError(.io, "SQLite does not return to synchronous=FULL")
    }
    try outcome.get()
  }

  private func perform(_ batch: WriteBatch) throws(StoreError) {
    do {
      try begin.run()
      if !hasSession {
        try session.bind(sessionID, at: 1)
        try session.run()
      }
      var last = newest
      for changes in batch.changes {
        for change in changes {
          let row = ChangeRow.id(of: change.version.id)
          if !batch.predecessors.isEmpty, let previous = batch.predecessors[row] {
            last = (
              row, try ChangeRow.insert(change.kind, change.version, previous: previous, with: insertion)
            )
          } else {
            last = (row, try ChangeRow.insert(change, with: insertion))
          }
        }
      }
      for heartbeat in batch.heartbeats {
        var previous = heartbeat.previous
        if heartbeat.fate != .stays { previous = try removeHeartbeat(previous) }
        while heartbeat.fate == .goesWithItsPast, previous != 0 { previous = try removeHeartbeat(previous) }
        let row = ChangeRow.id(of: heartbeat.version.id)
        let checksum = try ChangeRow.insert(.put, heartbeat.version, previous: previous, with: insertion)
        if row > last?.row ?? 0 { last = (row, checksum) }
      }
      try skipped.write(batch)
      for change in batch.leases { try leases.write(change) }
      if let compactedRevision = batch.compactedRevision {
        try compaction.bind(compactedRevision.rawValue, at: 1)
        try compaction.run()
      }
      try remove(batch.removal)
      if hasExcessFreePages {
        let count = batch.isMaintenance ? Self.movedAtOnce : Self.movedBesideGroup
        try connection.execute("PRAGMA incremental_vacuum(\(count))")
      }
      if !batch.removal.doomed.isEmpty || hasExcessFreePages { try measureFreePages() }
      try commit.run()
      hasSession = true
      newest = last
      countWrittenPages()
    } catch {
      // Some errors have rolled back already. A rollback that fails leaves nothing to try; closing will do it.
      if connection.isInTransaction { try? connection.execute("ROLLBACK") }
      countWrittenPages()
      throw error
    }
  }

  /// Returns the row that the removed one followed; zero when there is none.
  private func removeHeartbeat(_ row: Int64) throws(StoreError) -> Int64 {
    try predecessor.bind(row, at: 1)
    let previous = try predecessor.firstInteger()
    try deletion.bind(row, at: 1)
    try deletion.run()
    return previous
  }

  private func remove(_ removal: WriteBatch.Removal) throws(StoreError) {
    if removal.doomed.isEmpty { return }
    for id in removal.doomed {
      try deletion.bind(id, at: 1)
      try deletion.run()
    }
    try cursor.bind(removal.cursor, at: 1)
    try cursor.run()
  }

  /// Looks at up to `limit` changes from `start` on and before `compacted` for what they superseded. A row that deleted
  /// its key goes too, after the version it deleted, so that no crash in between brings the key back.
  func removal(from start: Int64, before compacted: Revision, limit: Int) throws(StoreError) -> WriteBatch.Removal {
    let end = ChangeRow.id(of: VersionID(revision: compacted, ordinal: 0))
    var removal = WriteBatch.Removal(cursor: start)
    if start >= end { return removal }
    defer { superseding.reset() }
    try superseding.bind(start, at: 1)
    try superseding.bind(end, at: 2)
    try superseding.bind(Int64(limit), at: 3)
    var count = 0
    while try superseding.step() {
      let id = superseding.integer(at: 0)
      let previous = superseding.integer(at: 2)
      if previous != 0 { removal.doomed.append(previous) }
      if superseding.integer(at: 1) == ChangeRow.deleteKind { removal.doomed.append(id) }
      removal.cursor = id + 1
      count += 1
    }
    if count < limit { removal.cursor = end }
    return removal
  }

  /// Folds the log into the database when it has grown long enough. It is called after the waiting writers have been
  /// answered, so that nobody's commit pays for it directly.
  func checkpointIfNeeded() throws(StoreError) {
    let bytes = pagesInLog * pageBytes
    guard let folder else {
      if bytes >= checkpointBytes { try checkpoint(truncating: false) }
      return
    }
    switch folder.take() {
    case .idle: if bytes >= checkpointBytes / 2 { folder.begin() }
    case .running:
      // Writers who are faster than the copying wait for it here, or the log would grow without bound.
      if bytes >= 2 * checkpointBytes { folder.wait() }
    case .ended(let result):
      do throws(StoreError) {
        let folded = try result.get()
        bytesWritten += folded * pageBytes
        try checkpoint(truncating: false, folded: folded)
      } catch {
        // Somebody else, such as an administrator's tool, is at it; the next time will do.
        guard error.code == .locked else { throw error }
      }
    }
  }

  /// Leaves everything in the one database file, as a clean end should.
  func checkpointAtEnd() throws(StoreError) {
    folder?.close()
    try checkpoint(truncating: true)
    connection.removeLogOnClose()
  }

  /// - Parameter folded: pages that are counted already.
  private func checkpoint(truncating: Bool, folded: Int64 = 0) throws(StoreError) {
    bytesWritten += max(0, try connection.checkpoint(truncating: truncating) - folded) * pageBytes
    pagesInLog = 0
  }

  private func countWrittenPages() {
    let pages = connection.takeWrittenPageCount()
    pagesInLog += pages
    bytesWritten += pages * (pageBytes + Self.frameHeaderBytes)
  }

  private func measureFreePages() throws(StoreError) {
    let free = try freePages.firstInteger()
    let all = try allPages.firstInteger()
    hasExcessFreePages = free > Self.toleratedFreePages && free > all / 4
  }
}
#endif
