#if SQLite
import Dispatch
import EdgeStore
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Keeps the key index of one database about up to date, beside the writer, who never waits for it.
///
/// An index costs some tens of bytes for each key, so it is written again only when replaying what came after it would
/// cost more than a fraction of reading it, or when compaction has gone past it and it is of no use any more.
final class KeyIndexer: Sendable {
  private struct State {
    /// The newest change in the index on the disk; nil when there is none that is of use.
    var row: Int64?
    /// Changes since the newest index that was begun.
    var changes: Int
    var isWriting = false
    var bytesWritten: Int64 = 0
  }

  private let state: Mutex<State>
  private let path: String
  private let minimumDatabaseBytes: Int64
  private let queue = DispatchQueue(label: "SQLiteStore.keys", qos: .utility)
  private let database: String

  /// Replaying this many changes at an opening takes some milliseconds.
  private static let tolerableReplay = 20_000

  /// - Parameters:
  ///   - row: of the newest change in the index the store was opened with, nil when there was none.
  ///   - changes: those that came after it.
  ///   - minimumDatabaseBytes: smaller databases are read as a whole when they are opened.
  init(database: String, row: Int64?, changes: Int, minimumDatabaseBytes: Int) {
    self.database = database
    path = KeyIndexFile.path(for: database)
    state = Mutex(State(row: row, changes: changes))
    self.minimumDatabaseBytes = Int64(minimumDatabaseBytes)
    if row == nil { unlink(path) }
  }

  var bytesWritten: Int64 { state.withLock { $0.bytesWritten } }

  /// Takes note of changes, and begins an index when it is time.
  ///
  /// - Parameters:
  ///   - tie: what the index of `keyspace` would be tied to; nil when the database has no change yet.
  ///   - removedBefore: compaction may have removed changes before this row.
  /// - Returns: whether an index is due that could not be begun for want of a tie.
  func note(changes: Int, of keyspace: Keyspace, tie: KeyIndexFile.Tie?, removedBefore: Int64) -> Bool {
    let isDue = state.withLock { state in
      state.changes += changes
      let isUseless = state.row.map { removedBefore > $0 + 1 } ?? true
      let tolerable =
        isUseless
        ? max(Self.tolerableReplay / 4, keyspace.keyCount / 8)
        : max(Self.tolerableReplay, keyspace.keyCount / 2)
      guard !state.isWriting, state.changes >= tolerable, isLarge else { return false }
      if tie == nil { return true }
      state.isWriting = true
      state.changes = 0
      return true
    }
    guard isDue else { return false }
    guard let tie else { return true }
    queue.async { [self] in write(keyspace, tie) }
    return false
  }

  /// Leaves an index of the last moment, unless the one on the disk is about as good.
  func finish(_ keyspace: Keyspace, tie: KeyIndexFile.Tie?, removedBefore: Int64) {
    let isDue = state.withLock { state in
      let isUseless = state.row.map { removedBefore > $0 + 1 } ?? true
      return (isUseless || state.changes > Self.tolerableReplay / 20) && isLarge
    }
    guard isDue, let tie else { return }
    queue.sync { write(keyspace, tie) }
  }

  private var isLarge: Bool { (fileSize(database) ?? 0) > minimumDatabaseBytes }

  private func write(_ keyspace: Keyspace, _ tie: KeyIndexFile.Tie) {
    let written = KeyIndexFile.write(keyspace, tie: tie, to: path)
    state.withLock { state in
      state.isWriting = false
      state.bytesWritten += written ?? 0
      if written != nil { state.row = tie.row }
    }
  }
}
#endif
