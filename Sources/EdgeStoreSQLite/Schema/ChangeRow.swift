#if SQLite
import EdgeStore

/// How a change lies in the table of changes.
enum ChangeRow {
  static let insertion =
    "INSERT INTO changes (id, kind, key, value, create_revision, version, checksum, lease, previous) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
  static let selection =
    "SELECT id, kind, key, value, create_revision, version, checksum, lease FROM changes WHERE id > ? ORDER BY id"
  static let selectionOfOne =
    "SELECT id, kind, key, value, create_revision, version, checksum, lease FROM changes WHERE id = ?"
  static let deletion = "DELETE FROM changes WHERE id = ?"

  private static let ordinalBits: Int64 = 20
  private static let putKind: Int64 = 0
  static let deleteKind: Int64 = 1

  /// Revision and ordinal in one number, so that the table's own order is the order of history and no index is needed.
  /// 20 bits of ordinal match ``StoreLimits/maximumChangesPerRevision`` and leave 43 for revisions.
  static func id(of version: VersionID) -> Int64 {
    version.revision.rawValue << ordinalBits | Int64(version.ordinal)
  }

  static func version(_ id: Int64) -> VersionID {
    VersionID(revision: Revision(rawValue: id >> ordinalBits), ordinal: Int32(id & ((1 << ordinalBits) - 1)))
  }

  /// Returns the checksum it wrote.
  @discardableResult
  static func insert(_ change: Change, with statement: SQLiteStatement) throws(StoreError) -> Int64 {
    try insert(change.kind, change.version, previous: change.previous.map { id(of: $0.id) } ?? 0, with: statement)
  }

  /// - Parameter previous: the row this one supersedes; zero when there is none.
  @discardableResult
  static func insert(
    _ change: StoreEvent.Kind, _ version: StoredVersion, previous: Int64, with statement: SQLiteStatement
  ) throws(StoreError) -> Int64 {
    let keyValue = version.keyValue
    let id = id(of: version.id)
    let kind = change == .put ? putKind : deleteKind
    try statement.bind(id, at: 1)
    try statement.bind(kind, at: 2)
    try statement.bind(keyValue.createRevision.rawValue, at: 5)
    try statement.bind(keyValue.version, at: 6)
    let checksum = checksum(id: id, kind: kind, keyValue)
    try statement.bind(checksum, at: 7)
    try statement.bind(keyValue.lease.rawValue, at: 8)
    try statement.bind(previous, at: 9)
    try statement.run(binding: keyValue.key.bytes, at: 3, keyValue.value, at: 4)
    return checksum
  }

  /// Reads the row a statement made of ``selection`` stands on.
  ///
  /// - Throws: `damaged` when its checksum does not match.
  static func read(_ row: SQLiteStatement) throws(StoreError) -> (kind: StoreEvent.Kind, version: StoredVersion) {
    let id = row.integer(at: 0)
    let kind = row.integer(at: 1)
    let keyValue = KeyValue(
      key: StoreKey(row.bytes(at: 2)), value: row.bytes(at: 3),
      createRevision: Revision(rawValue: row.integer(at: 4)), modRevision: Revision(rawValue: id >> ordinalBits),
      version: row.integer(at: 5), lease: LeaseID(rawValue: row.integer(at: 7)))
    guard row.integer(at: 6) == checksum(id: id, kind: kind, keyValue), kind == putKind || kind == deleteKind,
      !keyValue.key.isEmpty
    else {
      throw StoreError(.damaged, "the checksum of change \(id >> ordinalBits) does not match its content")
    }
    return (
      kind == putKind ? .put : .delete,
      StoredVersion(keyValue: keyValue, ordinal: Int32(id & ((1 << ordinalBits) - 1)))
    )
  }

  /// The value alone of the row a statement made of ``selectionOfOne`` stands on; nothing else is copied.
  ///
  /// - Throws: `damaged` when its checksum does not match.
  static func readValue(_ row: SQLiteStatement) throws(StoreError) -> [UInt8] {
    let id = row.integer(at: 0)
    var checksum = CRC32C()
    checksum.update(id)
    checksum.update(row.integer(at: 1))
    checksum.update(row.integer(at: 4))
    checksum.update(row.integer(at: 5))
    let lease = row.integer(at: 7)
    if lease != 0 { checksum.update(lease) }
    row.withBytes(at: 2) { key in
      checksum.update(Int64(key.count))
      checksum.update(key)
    }
    row.withBytes(at: 3) { checksum.update($0) }
    guard row.integer(at: 6) == Int64(checksum.value) else {
      throw StoreError(.damaged, "the checksum of change \(id >> ordinalBits) does not match its content")
    }
    return row.bytes(at: 3)
  }

  /// Where a database stands.
  static func newestRevision(_ connection: SQLiteConnection) throws(StoreError) -> Revision {
    let newest = try connection.integer("SELECT max(id) FROM changes") ?? 0
    let skipped = try connection.integer("SELECT max(last) FROM skipped") ?? 0
    return max(.initial, version(newest).revision, Revision(rawValue: skipped))
  }

  private static func checksum(id: Int64, kind: Int64, _ keyValue: KeyValue) -> Int64 {
    var checksum = CRC32C()
    checksum.update(id)
    checksum.update(kind)
    checksum.update(keyValue.createRevision.rawValue)
    checksum.update(keyValue.version)
    // Rows from before there were leases were summed without one.
    if keyValue.lease != .none { checksum.update(keyValue.lease.rawValue) }
    checksum.update(Int64(keyValue.key.bytes.count))
    checksum.update(keyValue.key.bytes)
    checksum.update(keyValue.value)
    return Int64(checksum.value)
  }
}
#endif
