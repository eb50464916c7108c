#if SQLite
import EdgeStore
import EdgeStoreSQLite

/// A kine database that nobody else has open, and that is only read: its file and its log stay as they are.
final class KineDatabase {
  let path: String
  private let connection: SQLiteConnection

  init(path: String) throws(KineError) {
    self.path = path
    do throws(StoreError) {
      connection = try SQLiteConnection(existing: path)
      connection.limitValues(toBytes: 4 * KineRow.maximumValueBytes)
      // Exclusive from the first access on, so that the log's index is kept in memory and no file is made, and so that
      // a kine that is merely idle is noticed: it holds a shared lock for as long as it has a connection.
      try connection.execute(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF; BEGIN EXCLUSIVE; PRAGMA query_only = ON")
    } catch {
      guard error.code == .locked else { throw KineError(error, at: path) }
      throw KineError(.locked, "\(path) is open in a running K3s or kine: stop it first", cause: error)
    }
    try checkTable()
  }

  private func checkTable() throws(KineError) {
    let names = try inDatabase(path) { () throws(StoreError) in
      let columns = try connection.prepare("SELECT name FROM pragma_table_info('\(KineSchema.table)')")
      var names: Set<String> = []
      while try columns.step() { names.insert(columns.text(at: 0) ?? "") }
      return names
    }
    if names.isEmpty { throw KineError(.incompatible, "\(path) has no table \(KineSchema.table)") }
    let missing = KineSchema.columns.filter { !names.contains($0) }
    if !missing.isEmpty {
      throw KineError(.incompatible, "\(path): the table \(KineSchema.table) has no \(missing.joined(separator: ", "))")
    }
  }

  /// Up to where kine compacted; 0 when it never did.
  func compactedRevision() throws(KineError) -> Int64 {
    let compacted = try integer("SELECT max(prev_revision) FROM kine WHERE name = 'compact_rev_key'")
    guard (0...KineRow.maximumID).contains(compacted) else {
      throw KineError(.invalidRow, "\(path): the compacted revision is \(compacted)")
    }
    return compacted
  }

  /// The highest number that was ever given out.
  func lastNumber() throws(KineError) -> Int64 {
    // SQLite makes that table with the first one that wants it.
    let isCounted = try integer("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'") > 0
    let last = isCounted ? try integer("SELECT max(seq) FROM sqlite_sequence WHERE name = 'kine'") : 0
    guard (0...KineRow.maximumID).contains(last) else {
      throw KineError(.invalidRow, "\(path): the last number is \(last)")
    }
    return last
  }

  func rowCount() throws(KineError) -> Int64 { try integer("SELECT count(*) FROM kine") }

  private func integer(_ sql: String) throws(KineError) -> Int64 {
    try inDatabase(path) { () throws(StoreError) in try connection.integer(sql) ?? 0 }
  }

  /// Hands over the rows with `ids`, lowest first. `valueBytes` is nil for a value that is NULL.
  func forEachRow(
    in ids: Range<Int64>, _ body: (_ row: KineRow, _ valueBytes: Int64?) throws(KineError) -> Void
  ) throws(KineError) {
    let rows = try prepare("\(KineRow.columns), typeof(value), length(value)", ids)
    while try step(rows) {
      let row = try KineRow.read(rows)
      let type = rows.text(at: 7)
      guard type == "blob" || type == "text" || type == "null" else {
        throw KineError(.invalidRow, "row \(row.id) of kine: the value is a number")
      }
      try body(row, type == "null" ? nil : rows.integer(at: 8))
    }
  }

  /// Hands over the rows with `ids` and their values, lowest first.
  func forEachRowWithValue(
    in ids: Range<Int64>, _ body: (_ row: KineRow, _ value: [UInt8]) throws(KineError) -> Void
  ) throws(KineError) {
    let rows = try prepare("\(KineRow.columns), value", ids)
    while try step(rows) {
      let row = try KineRow.read(rows)
      try body(row, try KineRow.value(rows, at: 7, of: row.id))
    }
  }

  /// Hands over the values of these rows, in this order.
  func forEachValue(
    of ids: [Int64], _ body: (_ index: Int, _ value: [UInt8]) throws(KineError) -> Void
  ) throws(KineError) {
    let row = try inDatabase(path) { () throws(StoreError) in
      try connection.prepare("SELECT value FROM kine WHERE id = ?")
    }
    for (index, id) in ids.enumerated() {
      try inDatabase(path) { () throws(StoreError) in try row.bind(id, at: 1) }
      guard try step(row) else { throw KineError(.damaged, "\(path): row \(id) cannot be found again") }
      try body(index, try KineRow.value(row, at: 0, of: id))
      row.reset()
    }
  }

  private func prepare(_ columns: String, _ ids: Range<Int64>) throws(KineError) -> SQLiteStatement {
    try inDatabase(path) { () throws(StoreError) in
      let rows = try connection.prepare("SELECT \(columns) FROM kine WHERE id >= ? AND id < ? ORDER BY id")
      try rows.bind(ids.lowerBound, at: 1)
      try rows.bind(ids.upperBound, at: 2)
      return rows
    }
  }

  private func step(_ rows: SQLiteStatement) throws(KineError) -> Bool {
    try inDatabase(path) { () throws(StoreError) in try rows.step() }
  }
}
#endif
