#if SQLite
import CEdgeLogFile
import CSQLite
import EdgeStore

/// One connection. It is confined to whoever holds it: not Sendable, opened without SQLite's own mutexes.
package final class SQLiteConnection {
  let handle: OpaquePointer

  /// Opens the file, creating it when it is missing.
  package convenience init(path: String) throws(StoreError) {
    try self.init(path: path, flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
  }

  /// Opens a file that must be there.
  package convenience init(existing path: String) throws(StoreError) {
    try self.init(path: path, flags: SQLITE_OPEN_READWRITE)
  }

  /// Opens the file, creating it when it is missing, for a writer whose transactions have many pages: each then goes to the
  /// log in one write.
  convenience init(gatheringLogOf path: String) throws(StoreError) {
    let result = edge_log_register()
    guard result == SQLITE_OK else { throw StoreError(result: result, "cannot set up SQLite's log") }
    try self.init(path: path, flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, files: EDGE_LOG_FILE_SYSTEM)
  }

  private init(path: String, flags: Int32, files: String? = nil) throws(StoreError) {
    var handle: OpaquePointer?
    let result = sqlite3_open_v2(path, &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, files)
    guard result == SQLITE_OK, let handle else {
      let reason = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(handle)
      throw StoreError(result: result, "cannot open \(path): \(reason)")
    }
    self.handle = handle
    edge_sqlite3_keep_log(handle, 1)
  }

  deinit {
    // Statements that are still alive keep the handle as a zombie until they go; nothing is lost either way.
    sqlite3_close_v2(handle)
  }

  /// Lets the last close remove the log and its index; for a database that is whole.
  func removeLogOnClose() { edge_sqlite3_keep_log(handle, 0) }

  /// Runs SQL that answers nothing of interest.
  package func execute(_ sql: String) throws(StoreError) {
    let result = sqlite3_exec(handle, sql, nil, nil, nil)
    if result != SQLITE_OK { throw error(result, during: sql) }
  }

  package func prepare(_ sql: String) throws(StoreError) -> SQLiteStatement {
    var statement: OpaquePointer?
    let result = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard result == SQLITE_OK, let statement else { throw error(result, during: sql) }
    return SQLiteStatement(statement, of: self, sql: sql)
  }

  /// The first column of the first row as text, or nil when there is no row.
  package func text(_ sql: String) throws(StoreError) -> String? {
    let statement = try prepare(sql)
    return try statement.step() ? statement.text(at: 0) : nil
  }

  /// The first column of the first row as a number, or nil when there is no row.
  package func integer(_ sql: String) throws(StoreError) -> Int64? {
    let statement = try prepare(sql)
    return try statement.step() ? statement.integer(at: 0) : nil
  }

  /// Whether a transaction is open; some errors make SQLite roll back by itself.
  var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  /// Pages handed to the disk (in WAL mode: to the log) since the last call.
  func takeWrittenPageCount() -> Int64 {
    var current: Int32 = 0
    var highest: Int32 = 0
    sqlite3_db_status(handle, SQLITE_DBSTATUS_CACHE_WRITE, &current, &highest, 1)
    return Int64(current)
  }

  /// Folds the log into the database. Returns how many pages of the log were taken over.
  func checkpoint(truncating: Bool) throws(StoreError) -> Int64 {
    var framesInLog: Int32 = 0
    var framesDone: Int32 = 0
    let mode = truncating ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
    let result = sqlite3_wal_checkpoint_v2(handle, nil, mode, &framesInLog, &framesDone)
    if result != SQLITE_OK { throw error(result, during: "checkpoint") }
    return Int64(max(framesDone, 0))
  }

  func error(_ result: Int32, during action: String) -> StoreError {
    StoreError(result: result, "\(String(cString: sqlite3_errmsg(handle))) (SQLite \(result), during: \(action))")
  }
}

extension StoreError {
  /// Source: https://www.sqlite.org/rescode.html; the low byte of an extended code is the primary one. That the log's index
  /// cannot grow is a full disk too, found before anything was written.
  init(result: Int32, _ message: String) {
    let code: Code =
      switch result == Self.indexCannotGrow ? SQLITE_FULL : result & 0xFF {
      case SQLITE_FULL: .noSpace
      case SQLITE_TOOBIG: .requestTooLarge
      case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged
      case SQLITE_BUSY, SQLITE_LOCKED: .locked
      case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH: .cannotOpen
      default: .io
      }
    self.init(code, message)
  }

  /// SQLITE_IOERR_SHMSIZE, which is a macro of an expression and so not imported.
  private static let indexCannotGrow = SQLITE_IOERR | 19 << 8
}
#endif
