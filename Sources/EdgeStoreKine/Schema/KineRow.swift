#if SQLite
import EdgeStore
import EdgeStoreSQLite

/// One row of kine's table without its values, checked.
struct KineRow: Equatable {
  enum Kind: Equatable {
    case put(created: Bool)
    case delete
    /// Fills a number.
    case gap
    /// Records up to where kine compacted.
    case compaction
  }

  var id: Int64
  var kind: Kind
  /// As our store has it: the API server's record of compactions under its real name.
  var key: StoreKey
  var createRevision: Int64
  var previousRevision: Int64
  /// Seconds; 0 for none.
  var timeToLive: Int64

  var isCompactRecord: Bool { key.bytes == CompactRecord.key }

  /// The number must leave room for the ordinal beside it in our rows.
  static let maximumID: Int64 = 1 << 42
  static let maximumKeyBytes = StoreLimits.maximumRequestBytes
  /// What kine's transport accepts at most, and so more than any of its clients can have written.
  static let maximumValueBytes = 4 << 20

  static let columns = "id, name, created, deleted, create_revision, prev_revision, lease"

  /// Reads the row a statement that selects ``columns`` first stands on.
  static func read(_ row: SQLiteStatement) throws(KineError) -> KineRow {
    let id = row.integer(at: 0)
    func invalid(_ what: String) -> KineError { KineError(.invalidRow, "row \(id) of kine: \(what)") }
    func number(_ column: Int32, _ name: String, upTo maximum: Int64) throws(KineError) -> Int64 {
      guard row.type(at: column) == .integer else { throw invalid("\(name) is not a number") }
      let number = row.integer(at: column)
      guard (0...maximum).contains(number) else { throw invalid("\(name) is \(number)") }
      return number
    }
    guard (1...maximumID).contains(id) else { throw invalid("its number is out of range") }
    guard row.type(at: 1) == .text else { throw invalid("the name is not text") }
    let name = row.bytes(at: 1)
    guard !name.isEmpty, name.count <= maximumKeyBytes else { throw invalid("the name has \(name.count) bytes") }
    let isCreated = try number(2, "created", upTo: 1) == 1
    let isDeleted = try number(3, "deleted", upTo: 1) == 1
    let createRevision = try number(4, "create_revision", upTo: id)
    let previousRevision = try number(5, "prev_revision", upTo: maximumID)
    let timeToLive = try number(6, "lease", upTo: Lease.maximumTimeToLive.components.seconds)

    let kind: Kind
    if name == KineSchema.compactRowName {
      kind = .compaction
    } else if isDeleted {
      kind = name.starts(with: KineSchema.gapPrefix) ? .gap : .delete
    } else {
      kind = .put(created: isCreated)
      if !isCreated && createRevision == 0 { throw invalid("an update without create_revision") }
    }
    return KineRow(
      id: id, kind: kind, key: StoreKey(name == CompactRecord.storedName ? CompactRecord.key : name),
      createRevision: isCreated ? id : createRevision, previousRevision: previousRevision, timeToLive: timeToLive)
  }

  /// The value in `column`. A length is asked for first, in `lengthColumn`, so that no memory is taken for one too long.
  static func value(_ row: SQLiteStatement, at column: Int32, of id: Int64) throws(KineError) -> [UInt8] {
    switch row.type(at: column) {
    case .blob, .text: row.bytes(at: column)
    case .null: []
    case .integer, .real: throw KineError(.invalidRow, "row \(id) of kine: the value is a number")
    }
  }
}
#endif
