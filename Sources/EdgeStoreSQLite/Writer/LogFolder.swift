#if SQLite
import Dispatch
import EdgeStore
import Synchronization

/// Copies the log's pages into the database beside the writer, on a connection of its own, so that no commit waits for it.
///
/// It does the long part of a checkpoint: what is committed meanwhile is left for the writer, who copies the few pages of that
/// himself and then begins the log anew. SQLite lets a log begin anew only when all of it has been copied.
final class LogFolder: Sendable {
  enum Progress {
    case idle
    case running
    /// Ended; whoever sees it takes it, and the next look finds `idle`.
    case ended(Result<Int64, StoreError>)
  }

  private let progress = Mutex(Progress.idle)
  private let connection: Mutex<SQLiteConnection?>
  private let queue = DispatchQueue(label: "SQLiteStore.log", qos: .utility)

  init(path: String) throws(StoreError) {
    let connection = try SQLiteConnection(path: path)
    try connection.execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA trusted_schema = OFF")
    try connection.execute("PRAGMA cache_size = -64")
    // The first read is what makes a connection take part in the log.
    _ = try connection.integer("PRAGMA schema_version")
    self.connection = Mutex(connection)
  }

  /// Begins, if it is idle.
  func begin() {
    let begins = progress.withLock { progress in
      guard case .idle = progress else { return false }
      progress = .running
      return true
    }
    if begins { queue.async { self.fold() } }
  }

  /// How far it is; an end is told once, with how many of the log's pages are in the database.
  func take() -> Progress {
    progress.withLock { progress in
      defer { if case .ended = progress { progress = .idle } }
      return progress
    }
  }

  /// Returns when it is not running.
  func wait() { queue.sync {} }

  /// Waits for what runs, and closes the connection.
  func close() { queue.sync { connection.withLock { $0 = nil } } }

  private func fold() {
    let result = connection.withLock { connection -> Result<Int64, StoreError> in
      guard let connection else { return .success(0) }
      return Result { () throws(StoreError) in try connection.checkpoint(truncating: false) }
    }
    progress.withLock { $0 = .ended(result) }
  }
}
#endif
