#if SQLite
import CSQLite
import EdgeStore

// For databases of other programs, whose columns hold what they hold (https://www.sqlite.org/datatype3.html).
extension SQLiteStatement {
  package enum ValueType: Sendable {
    case integer, real, text, blob, null
  }

  /// What the current row holds in a column; asked before the value is read, because reading converts.
  package func type(at column: Int32) -> ValueType {
    switch sqlite3_column_type(handle, column) {
    case SQLITE_INTEGER: .integer
    case SQLITE_FLOAT: .real
    case SQLITE_TEXT: .text
    case SQLITE_BLOB: .blob
    default: .null
    }
  }

  package func bindNull(at index: Int32) throws(StoreError) { try check(sqlite3_bind_null(handle, index)) }

  /// Binds bytes as text, whatever they are.
  package func bindText(_ bytes: [UInt8], at index: Int32) throws(StoreError) {
    // Sound: SQLite copies the bytes before the call returns.
    let result = bytes.withUnsafeBytes {
      edge_sqlite3_bind_text_bytes(handle, index, $0.baseAddress, Int32(clamping: $0.count))
    }
    try check(result)
  }
}

extension SQLiteConnection {
  /// Makes reading or writing a longer value fail with `requestTooLarge`, before memory is taken for it.
  package func limitValues(toBytes count: Int) {
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Int32(clamping: count))
  }
}
#endif
