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
  /// row, and that the rows make a history without a hole. Of a large database with an index of its keys
  /// (``SQLiteStoreConfiguration/pageCheckMaximumBytes``) only what came after the index is checked. It blocks for as long
  /// as reading that takes.
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
      let connection = try SQLiteConnection(gatheringLogOf: path)
      try prepare(connection, configuration)
      let isChecked = (fileSize(path) ?? 0) <= Int64(configuration.pageCheckMaximumBytes)
      if isChecked { try checkPages(of: connection) }
      let wasCreated = try Migration.migrate(connection)
      let reader = try HistoryReader(path: path)
      let index = isChecked ? nil : try index(of: connection, path: path)
      var loaded = try load(connection, reader, configuration.memory, index)
      loaded.expectHeartbeats(configuration.heartbeat)
      let file = try ChangeLogFile(
        connection, checkpointBytes: configuration.checkpointBytes,
        newSession: index == nil ? Int64(bitPattern: entropy.next() | 1) : nil, folder: try LogFolder(path: path))
      let indexer = KeyIndexer(
        database: path, row: index?.tie.row, changes: loaded.replayed,
        minimumDatabaseBytes: configuration.pageCheckMaximumBytes)
      let writer = GroupWriter(
        file, keyspace: loaded.keyspace, cursor: loaded.cursor, compaction: configuration.compaction,
        entropy: entropy, memory: configuration.memory, indexer: indexer,
        heartbeats: HeartbeatLedger(
          policy: configuration.heartbeat, skipped: loaded.heartbeats.skipped, accounted: loaded.accounted,
          reserved: loaded.heartbeats.reserved))
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

  static func checkPages(of connection: SQLiteConnection) throws(StoreError) {
    let verdict = try connection.text("PRAGMA quick_check(1)")
    if verdict != "ok" { throw StoreError(.damaged, "the database is damaged: \(verdict ?? "no answer")") }
  }

  /// Reads what the database says, from the index on when there is one.
  ///
  /// - Parameter source: nil for a keyspace that is only looked at: it keeps no values and no history.
  static func load(
    _ connection: SQLiteConnection, _ source: HistoryReader?, _ memory: MemoryBounds, _ index: KeyIndexFile.Content?
  ) throws(StoreError) -> Loaded {
    guard let compacted = try connection.integer("SELECT revision FROM compaction") else {
      throw StoreError(.damaged, "the record of compaction is missing")
    }
    let cursor = try connection.integer("SELECT cursor FROM compaction") ?? 0
    var restoration = KeyspaceRestoration(
      compactedRevision: Revision(rawValue: compacted), source: source, memory: memory)
    let heartbeats = try SkippedRows.readAll(connection)
    restoration.skip(heartbeats.skipped, forgotten: !heartbeats.signature.isEmpty)
    for lease in try LeaseRows.readAll(connection) { restoration.restore(lease) }
    if let index { restoration.resume(index.index, index.current) }
    let rows = try connection.prepare(ChangeRow.selection)
    try rows.bind(index?.tie.row ?? 0, at: 1)
    var replayed = 0
    while try rows.step() {
      var (kind, version) = try ChangeRow.read(rows)
      if source == nil { version.setAside(valueCount: version.valueCount) }
      try restoration.replay(kind, version)
      replayed += 1
    }
    try restoration.advance(to: heartbeats.skipped.last ?? .zero)
    let accounted = restoration.revision
    try restoration.advance(to: heartbeats.reserved)
    return Loaded(
      keyspace: try restoration.finish(), cursor: cursor, replayed: replayed, heartbeats: heartbeats,
      accounted: accounted)
  }

  /// What a database says.
  struct Loaded {
    var keyspace: Keyspace
    /// The first row that compaction has not looked at.
    var cursor: Int64
    /// Rows that were read.
    var replayed: Int
    var heartbeats: SkippedRows.Content
    /// Up to here every revision is in the log or known to be skipped; further ones may have been given out.
    var accounted: Revision

    /// Says of which keys the past is not exact: those of the policy, and all when the database had another one.
    mutating func expectHeartbeats(_ policy: HeartbeatPolicy?) {
      let hasGaps = !heartbeats.skipped.isEmpty || accounted < keyspace.revision
      let keys = policy?.keys ?? []
      let isSame = heartbeats.signature == policy?.signature
      keyspace.expectHeartbeats(of: keys, inexact: hasGaps ? (isSame ? keys : [.all]) : nil)
    }
  }

  /// The index of the keys, when it tells of this database and nothing that came after it was compacted.
  private static func index(of connection: SQLiteConnection, path: String) throws(StoreError) -> KeyIndexFile.Content? {
    guard let content = KeyIndexFile.read(KeyIndexFile.path(for: path)),
      try connection.integer("SELECT id FROM session") == content.tie.session,
      let cursor = try connection.integer("SELECT cursor FROM compaction"), cursor <= content.tie.row + 1
    else { return nil }
    let row = try connection.prepare("SELECT checksum FROM changes WHERE id = ?")
    try row.bind(content.tie.row, at: 1)
    return try row.step() && row.integer(at: 0) == content.tie.checksum ? content : nil
  }
}
#endif
