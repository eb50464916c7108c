#if SQLite
import EdgeStore
import EdgeStoreSQLite

/// Writes rows into a new database as kine would have.
final class KineTableWriter {
  private let connection: SQLiteConnection
  private let insertion: SQLiteStatement
  /// The row and create revision of each key that is current so far.
  private var current: [StoreKey: (row: Int64, createRevision: Int64)] = [:]
  /// The last row of each key that is deleted so far: kine lets the next creation name it.
  private var deletions: [StoreKey: Int64] = [:]
  private(set) var lastRow: Int64 = 0
  var keyCount: Int { current.count }

  init(path: String) throws(StoreError) {
    connection = try SQLiteConnection(path: path)
    // Nobody sees the file before it is whole.
    try connection.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
    try connection.execute(KineSchema.tableDefinition)
    try connection.execute("BEGIN")
    insertion = try connection.prepare(
      """
      INSERT INTO kine (id, name, created, deleted, create_revision, prev_revision, lease, value, old_value)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT value FROM kine WHERE id = ?6))
      """)
  }

  /// Writes a version as row `number`, whose predecessor, if it is in the table, is the key's row before it.
  func put(_ keyValue: KeyValue, at number: Int64, timeToLive: Int64) throws(StoreError) {
    let key = keyValue.key
    // A version that was moved to another number keeps its creation's.
    let isCreated = keyValue.createRevision.rawValue == number
    let previous = current[key]?.row ?? deletions.removeValue(forKey: key) ?? 0
    try insert(
      number, name(of: key), isCreated: isCreated, isDeleted: false,
      createRevision: isCreated ? 0 : keyValue.createRevision.rawValue, previous: previous, timeToLive: timeToLive,
      value: key.bytes == CompactRecord.key
        ? CompactRecord.encode(version: keyValue.version, value: keyValue.value) : keyValue.value)
    current[key] = (number, keyValue.createRevision.rawValue)
  }

  func delete(_ key: StoreKey, at number: Int64) throws(StoreError) {
    let previous = current.removeValue(forKey: key)
    try insert(
      number, name(of: key), isCreated: false, isDeleted: true, createRevision: previous?.createRevision ?? 0,
      previous: previous?.row ?? 0, timeToLive: 0, value: nil)
    deletions[key] = number
  }

  /// Fills a number, as kine does with those that no transaction got.
  func fill(_ number: Int64) throws(StoreError) {
    try insert(
      number, KineSchema.gapName(number), isCreated: false, isDeleted: true, createRevision: 0, previous: 0,
      timeToLive: 0, value: nil)
  }

  func recordCompaction(upTo revision: Int64, at number: Int64) throws(StoreError) {
    try insert(
      number, KineSchema.compactRowName, isCreated: true, isDeleted: false, createRevision: 0, previous: revision,
      timeToLive: 0, value: [])
  }

  /// Makes the indices and closes the transaction. What a kine opens afterwards is whole.
  func finish() throws(StoreError) {
    try connection.execute("COMMIT")
    // Sorting once is faster than keeping six indices in order row by row.
    for definition in KineSchema.indexDefinitions { try connection.execute(definition) }
    let verdict = try connection.text("PRAGMA quick_check(1)")
    if verdict != "ok" { throw StoreError(.damaged, "the new database is damaged: \(verdict ?? "no answer")") }
  }

  private func name(of key: StoreKey) -> [UInt8] {
    key.bytes == CompactRecord.key ? CompactRecord.storedName : key.bytes
  }

  private func insert(
    _ number: Int64, _ name: [UInt8], isCreated: Bool, isDeleted: Bool, createRevision: Int64, previous: Int64,
    timeToLive: Int64, value: [UInt8]?
  ) throws(StoreError) {
    try insertion.bind(number, at: 1)
    try insertion.bindText(name, at: 2)
    try insertion.bind(isCreated ? 1 : 0, at: 3)
    try insertion.bind(isDeleted ? 1 : 0, at: 4)
    try insertion.bind(createRevision, at: 5)
    try insertion.bind(previous, at: 6)
    try insertion.bind(timeToLive, at: 7)
    if let value { try insertion.bind(value, at: 8) } else { try insertion.bindNull(at: 8) }
    try insertion.run()
    lastRow = max(lastRow, number)
  }
}
#endif
