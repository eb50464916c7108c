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
  /// Databases up to this many bytes are checked page by page (`PRAGMA quick_check`) when opened. Larger ones rely on
  /// the checksum and the consistency of every row, which are always checked.
  public var pageCheckMaximumBytes: Int

  /// Current values kept in memory, in bytes; the rest is read from the disk when asked for. Keys, revisions and counts
  /// always are in memory.
  public var maximumValueMemoryBytes: Int
  /// History kept in memory beside the disk, in bytes (estimated). Reads and watches that reach further back read the
  /// disk.
  public var maximumHistoryMemoryBytes: Int

  var memory: MemoryBounds {
    MemoryBounds(valueBytes: maximumValueMemoryBytes, historyBytes: maximumHistoryMemoryBytes)
  }

  public init(
    compaction: CompactionPolicy? = CompactionPolicy(), maximumDatabaseBytes: Int? = nil,
    checkpointBytes: Int = 4 << 20, maximumQueuedTransactions: Int = 4096, pageCheckMaximumBytes: Int = 64 << 20,
    maximumValueMemoryBytes: Int = 32 << 20, maximumHistoryMemoryBytes: Int = 16 << 20
  ) {
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
