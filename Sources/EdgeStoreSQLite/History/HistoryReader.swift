#if SQLite
import EdgeStore
import Synchronization

/// Reads versions that are no longer in memory, on a connection of its own, so that it waits for no commit.
///
/// Whoever needs the past or a value that was given up pays for the disk; readers of what is in memory do not come here.
final class HistoryReader: HistorySource {
  private let statements: Mutex<Statements?>
  private let cache = Mutex(ValueCache(bound: 4 << 20))

  /// Rows looked at while the connection is held, so that a long search does not keep others out.
  private static let rowsAtOnce: Int64 = 512

  init(path: String) throws(StoreError) {
    let connection = try SQLiteConnection(path: path)
    try connection.execute("PRAGMA query_only = ON")
    try connection.execute("PRAGMA trusted_schema = OFF")
    try connection.execute("PRAGMA cache_size = -2048")
    statements = Mutex(try Statements(connection))
  }

  func close() { statements.withLock { $0 = nil } }

  func value(of id: VersionID) throws(StoreError) -> [UInt8] {
    if let value = valueInMemory(of: id) { return value }
    let value = try statements.withLock { statements throws(StoreError) in
      guard let statements else { throw StoreError(.closed, "the store is closed") }
      return try statements.value(ChangeRow.id(of: id))
    }
    cache.withLock { $0.insert(value, for: id) }
    return value
  }

  /// Reads the values together, for ``valueInMemory(of:)`` to find them.
  func remember(_ ids: Set<VersionID>) throws(StoreError) {
    let missing = cache.withLock { cache in ids.filter { cache.value(of: $0) == nil } }
    if missing.isEmpty { return }
    let order = Array(missing)
    let values = try values(of: order)
    cache.withLock { cache in for (id, value) in zip(order, values) { cache.insert(value, for: id) } }
  }

  func valueInMemory(of id: VersionID) -> [UInt8]? { cache.withLock { $0.value(of: id) } }

  /// Many values are read in the order of the table, in stretches, each on one hold of the connection.
  func values(of ids: [VersionID]) throws(StoreError) -> [[UInt8]] {
    var values = [[UInt8]](repeating: [], count: ids.count)
    let order = ids.indices.sorted { ids[$0] < ids[$1] }
    for start in stride(from: 0, to: order.count, by: Int(Self.rowsAtOnce)) {
      let stretch = order[start..<min(start + Int(Self.rowsAtOnce), order.count)]
      try statements.withLock { statements throws(StoreError) in
        guard let statements else { throw StoreError(.closed, "the store is closed") }
        // One transaction for all, or each row would take and give up the file's locks.
        try statements.begin.run()
        defer { try? statements.end.run() }
        for index in stretch { values[index] = try statements.value(ChangeRow.id(of: ids[index])) }
      }
    }
    return values
  }

  func versions(
    of keys: KeyRange, at after: Revision, changedBefore end: Revision, withValues: Bool
  ) throws(StoreError) -> [StoreKey: StoredVersion?] {
    var found: [StoreKey: StoredVersion?] = [:]
    var next = ChangeRow.id(of: VersionID(revision: after.next, ordinal: 0))
    let last = ChangeRow.id(of: VersionID(revision: end, ordinal: 0))
    while next < last {
      let rows = try changes(from: next, before: last)
      // The first change of a key after the moment tells what it held at the moment.
      for row in rows where keys.contains(row.key) && found[row.key] == nil {
        found[row.key] = row.previous == 0 ? .some(nil) : try version(row.previous)
      }
      guard let lastRow = rows.last, rows.count == Self.rowsAtOnce else { break }
      next = lastRow.id + 1
    }
    return found
  }

  func batches(
    for filter: WatchFilter, from start: Revision, before end: Revision
  ) throws(StoreError) -> (batches: [WatchBatch], through: Revision) {
    var batches: [WatchBatch] = []
    var eventCount = 0
    var pending: [Change] = []
    var through = Revision(rawValue: start.rawValue - 1)
    var next = ChangeRow.id(of: VersionID(revision: start, ordinal: 0))
    let last = ChangeRow.id(of: VersionID(revision: end, ordinal: 0))
    func finish(_ revision: Revision) {
      through = revision
      guard let batch = filter.batch(of: pending, at: revision) else { return }
      batches.append(batch)
      eventCount += batch.events.count
    }
    while next < last {
      let rows = try changes(from: next, before: last)
      for row in rows {
        let revision = ChangeRow.version(row.id).revision
        if revision > through.next {
          finish(Revision(rawValue: revision.rawValue - 1))
          pending = []
          if batches.count >= WatchQueue.capacity || eventCount >= WatchQueue.eventCapacity {
            return (batches, through)
          }
        }
        if filter.keys.contains(row.key) { pending.append(try change(row, withPrevious: filter.previousValues)) }
      }
      guard let lastRow = rows.last, rows.count == Self.rowsAtOnce else { break }
      next = lastRow.id + 1
    }
    finish(Revision(rawValue: end.rawValue - 1))
    return (batches, through)
  }

  private func change(_ row: Row, withPrevious: Bool) throws(StoreError) -> Change {
    let (kind, version) = try read(row.id)
    let previous = withPrevious && row.previous != 0 ? try self.version(row.previous) : nil
    return Change(kind: kind, version: version, previous: previous)
  }

  private func version(_ id: VersionID) throws(StoreError) -> StoredVersion {
    try version(ChangeRow.id(of: id))
  }

  private func version(_ id: Int64) throws(StoreError) -> StoredVersion { try read(id).version }

  private func read(_ id: Int64) throws(StoreError) -> (kind: StoreEvent.Kind, version: StoredVersion) {
    try statements.withLock { statements throws(StoreError) in
      guard let row = statements?.row else { throw StoreError(.closed, "the store is closed") }
      return try Self.read(id, row)
    }
  }

  private static func read(
    _ id: Int64, _ row: SQLiteStatement
  ) throws(StoreError) -> (kind: StoreEvent.Kind, version: StoredVersion) {
    defer { row.reset() }
    try row.bind(id, at: 1)
    guard try row.step() else { throw StoreError(.compacted, "a version was compacted while it was being read") }
    return try ChangeRow.read(row)
  }

  private func changes(from start: Int64, before end: Int64) throws(StoreError) -> [Row] {
    try statements.withLock { statements throws(StoreError) in
      guard let scan = statements?.scan else { throw StoreError(.closed, "the store is closed") }
      defer { scan.reset() }
      try scan.bind(start, at: 1)
      try scan.bind(end, at: 2)
      try scan.bind(Self.rowsAtOnce, at: 3)
      var rows: [Row] = []
      while try scan.step() {
        rows.append(Row(id: scan.integer(at: 0), key: StoreKey(scan.bytes(at: 1)), previous: scan.integer(at: 2)))
      }
      return rows
    }
  }

  private struct Row {
    var id: Int64
    var key: StoreKey
    var previous: Int64
  }

  private struct Statements {
    let row: SQLiteStatement
    let scan: SQLiteStatement
    let begin: SQLiteStatement
    let end: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(StoreError) {
      row = try connection.prepare(ChangeRow.selectionOfOne)
      begin = try connection.prepare("BEGIN")
      end = try connection.prepare("COMMIT")
      scan = try connection.prepare(
        "SELECT id, key, previous FROM changes WHERE id >= ? AND id < ? ORDER BY id LIMIT ?")
    }

    func value(_ id: Int64) throws(StoreError) -> [UInt8] {
      defer { row.reset() }
      try row.bind(id, at: 1)
      guard try row.step() else { throw StoreError(.compacted, "a version was compacted while it was being read") }
      return try ChangeRow.readValue(row)
    }
  }
}
#endif
