#if SQLite
import EdgeStore

extension SQLiteStore {
  /// Checks everything that is on the disk: every page, the checksum of every row, and that the rows make a history without
  /// a hole. Reads and writes go on; the log grows meanwhile by what is written. It reads the whole database and keeps one
  /// entry in memory for each key.
  ///
  /// - Returns: how many rows there are.
  /// - Throws: ``StoreError`` with `damaged`, whose message says what was found first; `io`, `closed`.
  @discardableResult
  public func verify() async throws(StoreError) -> Int {
    _ = try await status()
    let path = path
    return try await copying { () throws(StoreError) in
      let connection = try SQLiteConnection(path: path)
      try connection.execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
      try connection.execute("BEGIN")
      try Self.checkPages(of: connection)
      return try Self.load(connection, nil, MemoryBounds(valueBytes: .max, historyBytes: 0), nil).replayed
    }
  }
}
#endif
