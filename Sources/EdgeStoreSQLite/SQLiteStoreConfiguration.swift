#if SQLite
import EdgeStore

/// What can be set about a ``SQLiteStore``; the defaults suit an edge node.
public struct SQLiteStoreConfiguration: Hashable, Sendable {
  /// How much history is kept without being asked; nil keeps all until `compact(upTo:)`.
  public var compaction: CompactionPolicy?
  /// Refuse writes with `noSpace` when the database file would grow beyond this; nil: as long as the disk has room.
  public var maximumDatabaseBytes: Int?
  /// How large the write-ahead log may grow before it is folded into the database, in bytes. One group of
  /// transactions can exceed it.
  public var checkpointBytes: Int
  /// Transactions that may wait for the writer; more are refused with `overloaded`.
  public var maximumQueuedTransactions: Int
  /// Databases up to this many bytes are checked as a whole when opened: every page (`PRAGMA quick_check`), the checksum
  /// of every row, and that the rows make a history without a hole. Larger ones are opened by the index of their keys,
  /// which is kept in a file beside the database, and what came after it; without a fitting index, by reading every row.
  /// What was not read at the opening is checked when it is read, and by ``SQLiteStore/verify()``.
  public var pageCheckMaximumBytes: Int

  /// Current values kept in memory, in bytes; the rest is read from the disk when asked for (those asked for last are
  /// remembered, up to 4 MiB more). Keys, revisions and counts always are in memory; those of which neither they nor their
  /// neighbours have been written lately are packed there.
  public var maximumValueMemoryBytes: Int
  /// History kept in memory beside the disk, in bytes (estimated). Reads and watches that reach further back read the
  /// disk.
  public var maximumHistoryMemoryBytes: Int

  /// Keys that may be written less often than they change; nil: every acknowledged write is on the disk.
  public var heartbeat: HeartbeatPolicy?

  var memory: MemoryBounds {
    MemoryBounds(valueBytes: maximumValueMemoryBytes, historyBytes: maximumHistoryMemoryBytes)
  }

  public init(
    compaction: CompactionPolicy? = CompactionPolicy(), maximumDatabaseBytes: Int? = nil,
    checkpointBytes: Int = 4 << 20, maximumQueuedTransactions: Int = 4096, pageCheckMaximumBytes: Int = 4 << 20,
    maximumValueMemoryBytes: Int = 16 << 20, maximumHistoryMemoryBytes: Int = 4 << 20,
    heartbeat: HeartbeatPolicy? = nil
  ) {
    self.heartbeat = heartbeat
    self.maximumValueMemoryBytes = maximumValueMemoryBytes
    self.maximumHistoryMemoryBytes = maximumHistoryMemoryBytes
    self.compaction = compaction
    self.maximumDatabaseBytes = maximumDatabaseBytes
    self.checkpointBytes = checkpointBytes
    self.maximumQueuedTransactions = maximumQueuedTransactions
    self.pageCheckMaximumBytes = pageCheckMaximumBytes
  }
}
#endif
