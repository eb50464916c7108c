#if SQLite
import CSQLite
import EdgeStore

/// A prepared statement, used again and again. Columns are numbered from 0, parameters from 1, as in SQLite.
package final class SQLiteStatement {
  let handle: OpaquePointer
  /// Also keeps the connection open as long as the statement lives.
  private let connection: SQLiteConnection
  private let sql: String

  init(_ handle: OpaquePointer, of connection: SQLiteConnection, sql: String) {
    self.handle = handle
    self.connection = connection
    self.sql = sql
  }

  deinit { sqlite3_finalize(handle) }

  package func bind(_ value: Int64, at index: Int32) throws(StoreError) {
    try check(sqlite3_bind_int64(handle, index, value))
  }

  package func bind(_ bytes: [UInt8], at index: Int32) throws(StoreError) {
    // Sound: SQLite copies the bytes before the call returns.
    let result = bytes.withUnsafeBytes {
      edge_sqlite3_bind_bytes(handle, index, $0.baseAddress, Int32(clamping: $0.count))
    }
    try check(result)
  }

  /// Runs the statement with bytes that SQLite uses where they are.
  func run(
    binding first: [UInt8], at firstIndex: Int32, _ second: [UInt8], at secondIndex: Int32
  ) throws(StoreError) {
    // Sound: both arrays stay where they are until the statement has been run. What it is bound to afterwards is not
    // looked at before it is bound again, since every run binds all of it.
    try first.withUnsafeBufferPointer { first throws(StoreError) in
      try second.withUnsafeBufferPointer { second throws(StoreError) in
        try check(
          edge_sqlite3_bind_lasting_bytes(handle, firstIndex, first.baseAddress, Int32(clamping: first.count)))
        try check(
          edge_sqlite3_bind_lasting_bytes(handle, secondIndex, second.baseAddress, Int32(clamping: second.count)))
        try run()
      }
    }
  }

  package func bind(_ text: String, at index: Int32) throws(StoreError) {
    try check(edge_sqlite3_bind_text(handle, index, text))
  }

  /// Moves to the next row; false when there is none.
  package func step() throws(StoreError) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let result: throw connection.error(result, during: sql)
    }
  }

  /// Ends a query before its last row, and makes the statement ready for the next time.
  package func reset() { sqlite3_reset(handle) }

  /// Runs a statement that answers no rows, and makes it ready for the next time.
  package func run() throws(StoreError) {
    // The result of a reset repeats the step's error, which has been thrown already.
    defer { sqlite3_reset(handle) }
    while try step() {}
  }

  /// The first column of the first row, for queries that answer one number, and makes the statement ready again.
  package func firstInteger() throws(StoreError) -> Int64 {
    defer { sqlite3_reset(handle) }
    return try step() ? integer(at: 0) : 0
  }

  package func integer(at column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  package func text(at column: Int32) -> String? {
    sqlite3_column_text(handle, column).map { String(cString: $0) }
  }

  package func bytes(at column: Int32) -> [UInt8] {
    // The pointer is good until the next step; the bytes are copied here. A blob of length zero has no pointer.
    guard let pointer = sqlite3_column_blob(handle, column) else { return [] }
    let count = Int(sqlite3_column_bytes(handle, column))
    return Array(UnsafeRawBufferPointer(start: pointer, count: count))
  }

  /// The column's bytes where SQLite has them.
  func withBytes<Output>(at column: Int32, _ body: (UnsafeRawBufferPointer) -> Output) -> Output {
    // Sound: the pointer is good until the next step, and does not leave the closure.
    let pointer = sqlite3_column_blob(handle, column)
    return body(UnsafeRawBufferPointer(start: pointer, count: Int(sqlite3_column_bytes(handle, column))))
  }

  func check(_ result: Int32) throws(StoreError) {
    if result != SQLITE_OK { throw connection.error(result, during: sql) }
  }
}
#endif
