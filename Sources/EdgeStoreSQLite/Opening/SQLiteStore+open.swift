#if SQLite
import EdgePrimitives
import EdgeStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension SQLiteStore {
  /// Opens the database at `path`, making an empty one when there is none, and checks it: pages, the checksum of every
  /// row, and that the rows make a history without a hole. It blocks for as long as reading the file takes.
  ///
  /// - Parameters:
  ///   - leaseClock: when leases end and watches that want it are told of their progress. Leases live their full time
  ///     from the opening on.
  ///   - entropy: chooses ids of leases.
  /// - Throws: ``StoreError`` with `damaged`, `incompatible`, `locked` (another store has it open), `cannotOpen`, `io` or
  ///   `noSpace`. The file is left as it was.
  public static func open(
    path: String, configuration: SQLiteStoreConfiguration = SQLiteStoreConfiguration(),
    leaseClock: some Clock<Duration> = ContinuousClock(), entropy: any EntropySource = SystemEntropy()
  ) throws(StoreError) -> SQLiteStore {
    do {
      try checkFiles(at: path)
      let lock = try StoreLock(path: path)
      unlink(snapshotPath(for: path))
      let connection = try SQLiteConnection(path: path)
      try prepare(connection, configuration)
      try checkPages(of: connection, path: path, upTo: configuration.pageCheckMaximumBytes)
      let wasCreated = try Migration.migrate(connection)
      let reader = try HistoryReader(path: path)
      let (keyspace, cursor) = try load(connection, reader, configuration.memory)
      let file = try ChangeLogFile(connection, checkpointBytes: configuration.checkpointBytes)
      let writer = GroupWriter(
        file, keyspace: keyspace, cursor: cursor, compaction: configuration.compaction, entropy: entropy,
        memory: configuration.memory)
      return SQLiteStore(
        path: path, wasCreated: wasCreated, writer: writer, configuration: configuration,
        time: ElapsedTime(leaseClock), lock: lock, reader: reader)
    } catch {
      let reason = error.code == .locked ? "another store has it open" : error.message
      throw StoreError(error.code, "\(path): \(reason)", cause: error.cause)
    }
  }

  private static func checkFiles(at path: String) throws(StoreError) {
    var status = stat()
    if stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR {
      throw StoreError(.cannotOpen, "is a directory, not a database file")
    }
    // SQLite would throw such a log away without a word. It cannot come from a crash: the database's first page is on
    // the disk before the log exists.
    if (fileSize(path) ?? 0) == 0, let log = fileSize(path + "-wal"), log > 0 {
      throw StoreError(.damaged, "the database is empty or missing, but there is a log of \(log) bytes beside it")
    }
  }

  /// Settings hold for a connection only, so they are made, and the ones that durability rests on verified, every time.
  private static func prepare(
    _ connection: SQLiteConnection, _ configuration: SQLiteStoreConfiguration
  ) throws(StoreError) {
    // The store's own readers hold the database for moments only, but a checkpoint may meet one.
    try connection.execute("PRAGMA busy_timeout = 5000")
    try connection.execute("PRAGMA trusted_schema = OFF")
    try connection.execute("PRAGMA cell_size_check = ON")
    // It can only be chosen before the first table, and choosing it again would write.
    if try connection.integer("PRAGMA auto_vacuum") != 2 { try connection.execute("PRAGMA auto_vacuum = INCREMENTAL") }
    let journal = try connection.text("PRAGMA journal_mode = WAL")
    guard journal == "wal" else {
      throw StoreError(
        .cannotOpen, "the file system allows no write-ahead log (journal mode is \(journal ?? "unknown"))")
    }
    try connection.execute("PRAGMA synchronous = FULL")
    guard try connection.integer("PRAGMA synchronous") == 2 else {
      throw StoreError(.cannotOpen, "SQLite does not keep synchronous=FULL")
    }
    // The store checkpoints by itself, after it has answered.
    try connection.execute("PRAGMA wal_autocheckpoint = 0")
    try connection.execute("PRAGMA journal_size_limit = \(configuration.checkpointBytes)")
    // Only the tail of one table is written and nothing is read, so a small page cache is enough.
    try connection.execute("PRAGMA cache_size = -512")
    try connection.execute("PRAGMA temp_store = MEMORY")
    if let bytes = configuration.maximumDatabaseBytes {
      let pageBytes = try connection.integer("PRAGMA page_size") ?? 4096
      try connection.execute("PRAGMA max_page_count = \(max(1, Int64(bytes) / pageBytes))")
    }
  }

  private static func checkPages(
    of connection: SQLiteConnection, path: String, upTo maximumBytes: Int
  ) throws(StoreError) {
    guard let size = fileSize(path), size <= Int64(maximumBytes) else { return }
    let verdict = try connection.text("PRAGMA quick_check(1)")
    if verdict != "ok" { throw StoreError(.damaged, "the database is damaged: \(verdict ?? "no answer")") }
  }

  private static func load(
    _ connection: SQLiteConnection, _ reader: HistoryReader, _ memory: MemoryBounds
  ) throws(StoreError) -> (keyspace: Keyspace, cursor: Int64) {
    guard let compacted = try connection.integer("SELECT revision FROM compaction") else {
      throw StoreError(.damaged, "the record of compaction is missing")
    }
    let cursor = try connection.integer("SELECT cursor FROM compaction") ?? 0
    var restoration = KeyspaceRestoration(
      compactedRevision: Revision(rawValue: compacted), source: reader, memory: memory)
    for lease in try LeaseRows.readAll(connection) { restoration.restore(lease) }
    let rows = try connection.prepare(ChangeRow.selection)
    while try rows.step() {
      let (kind, version) = try ChangeRow.read(rows)
      try restoration.replay(kind, version)
    }
    return (try restoration.finish(), cursor)
  }
}
#endif
