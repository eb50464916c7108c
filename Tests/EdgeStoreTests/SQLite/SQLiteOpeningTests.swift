#if SQLite
import EdgePrimitives
import EdgeStore
import Testing

@testable import EdgeStoreSQLite

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What can be wrong with a database file, and how to make it so.
enum Damage: String, CaseIterable, CustomTestStringConvertible {
  case garbageInsteadOfAHeader, headerOverwritten, pageOverwritten, rowsOverwritten, bitFlippedInAValue, cutInTheMiddle,
    cutInTheHeader
  case emptiedBesideALog, removedBesideALog

  var testDescription: String { rawValue }

  func inflict(on path: String) throws {
    var content = readFile(path)
    switch self {
    case .garbageInsteadOfAHeader: content = Array("this is no database at all, but it is long enough\n".utf8)
    case .headerOverwritten: for index in 0..<100 { content[index] = UInt8(index) }
    case .pageOverwritten: for index in 5 * 4096..<5 * 4096 + 64 { content[index] ^= 0x5A }
    case .rowsOverwritten:
      let page = content.count / 2 / 4096 * 4096
      for index in page..<page + 64 { content[index] ^= 0x5A }
    case .bitFlippedInAValue:
      let marker = Array("value-number-77-".utf8)
      let position = try #require((0..<content.count).first { content[$0...].starts(with: marker) })
      content[position + 40] ^= 1
    case .cutInTheMiddle: content.removeSubrange((content.count / 2)...)
    case .cutInTheHeader: content.removeSubrange(50...)
    case .emptiedBesideALog:
      writeFile(path + "-wal", [UInt8](repeating: 1, count: 5000))
      content = []
    case .removedBesideALog:
      writeFile(path + "-wal", [UInt8](repeating: 1, count: 5000))
      unlink(path)
      return
    }
    writeFile(path, content)
  }
}

private struct FixedClock: WallClock {
  func now() -> Timestamp { Timestamp(millisecondsSinceEpoch: 1_764_000_000_123) }
}

@Suite struct SQLiteOpeningTests {
  private func makeDatabase(at path: String) async throws {
    let store = try SQLiteStore.open(path: path)
    for index in 0..<200 {
      let value = Array("value-number-\(index)-".utf8) + [UInt8](repeating: UInt8(index), count: 400)
      try await store.put(StoreKey("key-\(index)"), value)
    }
    await store.close()
  }

  @Test(
    "FF-05: a damaged database is recognized, set aside untouched, and an empty one takes its place",
    arguments: Damage.allCases)
  func damage(_ damage: Damage) async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      try await makeDatabase(at: path)
      try damage.inflict(on: path)
      let damaged = readFile(path)
      let log = readFile(path + "-wal")
      let error = #expect(throws: StoreError.self) { try SQLiteStore.open(path: path) }
      #expect(error?.code == .damaged, "\(error.map(String.init(describing:)) ?? "no error")")
      #expect(error?.message.contains(path) == true, "the message names the file")
      #expect(readFile(path) == damaged && readFile(path + "-wal") == log, "a refused file is left as it was")

      let (store, setAside) = try SQLiteStore.openSettingAsideDamage(path: path, clock: FixedClock())
      #expect(setAside == path + ".damaged-20251124T160000.123Z" || damage == .removedBesideALog)
      #expect(
        readFile(try #require(setAside)) == damaged && readFile(path + ".damaged-20251124T160000.123Z-wal") == log)
      #expect(store.wasCreated)
      #expect(try await store.put("new", [1]).rawValue == 2)
      await store.close()
      let (again, nothing) = try SQLiteStore.openSettingAsideDamage(path: path, clock: FixedClock())
      #expect(nothing == nil)
      #expect(try await again.status().keyCount == 1)
      await again.close()
    }
  }

  @Test(
    "a sound database whose history has a hole is damaged too",
    arguments: [
      "DELETE FROM changes WHERE id = (SELECT id FROM changes LIMIT 1 OFFSET 100)",
      "UPDATE changes SET id = id + (1 << 20) WHERE id = (SELECT max(id) FROM changes)",
      "UPDATE compaction SET revision = 1000", "DELETE FROM compaction",
    ])
  func hole(_ sql: String) async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      try await makeDatabase(at: path)
      do { try SQLiteConnection(path: path).execute(sql) }
      let error = #expect(throws: StoreError.self) { try SQLiteStore.open(path: path) }
      #expect(error?.code == .damaged, "\(error.map(String.init(describing:)) ?? "no error")")
    }
  }

  @Test(
    "a database of the first schema is brought to the newest, and its history can be read and compacted from the disk")
  func migration() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      let first = try SQLiteStore.open(path: path)
      for round in 0..<30 { try await first.put(StoreKey("k\(round % 3)"), [UInt8(round)]) }
      try await first.delete("k0")
      try await first.put("k0", [99])
      await first.close()
      do {
        let older = try SQLiteConnection(path: path)
        try older.execute(
          """
          ALTER TABLE changes DROP COLUMN previous; ALTER TABLE changes DROP COLUMN lease;
          ALTER TABLE compaction DROP COLUMN cursor; DROP TABLE leases; DROP TABLE session; DROP TABLE skipped; DELETE FROM migrations WHERE position > 1;
          """)
      }
      let second = try SQLiteStore.open(path: path, configuration: .diskOnly)
      #expect(try await second.status().revision.rawValue == 33)
      #expect(try await second.get("k0", revision: Revision(rawValue: 5))?.value == [3])
      #expect(try await second.get("k0", revision: Revision(rawValue: 32)) == nil)
      let watch = try await second.watch(WatchRequest(.key("k0"), startRevision: .initial, previousValues: true))
      let events = try await watch.prefix(12).reduce(into: []) { $0 += $1.events }
      #expect(events.map { $0.previous?.value.first } == [nil, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, nil])
      try await second.compact(upTo: Revision(rawValue: 33))
      try await Task.sleep(for: .milliseconds(300))
      await second.close()
      let rows = try SQLiteConnection(path: path).integer("SELECT count(*) FROM changes")
      #expect(rows == 3, "the three current versions")
      let third = try SQLiteStore.open(path: path)
      #expect(try await third.status().keyCount == 3)
      await third.close()
    }
  }

  @Test(
    "what is sound in a damaged database can be salvaged into a new one, whose revisions go on",
    arguments: [Damage.rowsOverwritten, .bitFlippedInAValue])
  func salvage(_ damage: Damage) async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      try await makeDatabase(at: path)
      try damage.inflict(on: path)
      let damaged = readFile(path)
      let report = try SQLiteStore.salvage(path, into: directory + "/salvaged.db")
      #expect(readFile(path) == damaged, "the damaged file is left as it was")
      #expect(report.revision.rawValue == 202)
      #expect((50..<200).contains(report.keyCount), "\(report)")
      #expect(report.discardedRowCount > 0 || report.hasUnreadableStretch, "\(report)")
      let store = try SQLiteStore.open(path: directory + "/salvaged.db")
      let all = try await store.range(RangeRequest(.all))
      #expect(all.count == report.keyCount && all.revision == report.revision)
      for keyValue in all.kvs {
        let number = keyValue.key.description.dropFirst(4)
        #expect(keyValue.value.starts(with: Array("value-number-\(number)-".utf8)))
      }
      #expect(try await store.put("key-0", [1]).rawValue == 203)
      await store.close()
      #expect(throws: StoreError.self) { try SQLiteStore.salvage(path, into: directory + "/salvaged.db") }
    }
  }

  @Test("damage at the same instant twice keeps both files")
  func twice() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      for expected in ["20251124T160000.123Z", "20251124T160000.123Z.2"] {
        writeFile(path, Array("garbage that is not a database, long enough".utf8))
        let (store, setAside) = try SQLiteStore.openSettingAsideDamage(path: path, clock: FixedClock())
        #expect(setAside == path + ".damaged-" + expected)
        await store.close()
      }
    }
  }

  @Test("a file of length zero, which a crash at creation leaves, is opened as a new database")
  func zeroLength() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      writeFile(path, [])
      let store = try SQLiteStore.open(path: path)
      #expect(store.wasCreated)
      try await store.put("a", [1])
      await store.close()
    }
  }

  @Test("a torn end of the log, which a power cut leaves, loses nothing before it")
  func tornLog() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      do {
        let store = try SQLiteStore.open(path: path)
        for index in 0..<50 { try await store.put(StoreKey("k\(index)"), [UInt8](repeating: 1, count: 500)) }
      }
      let log = readFile(path + "-wal")
      #expect(!log.isEmpty)
      writeFile(path + "-wal", log + [UInt8](repeating: 0xAB, count: 3000))
      let store = try SQLiteStore.open(path: path)
      #expect(try await store.status().keyCount == 50)
      await store.close()
    }
  }

  @Test("what is not a file, or not ours, is refused with its own error and never set aside")
  func refusals() async throws {
    try await withTemporaryDirectory { directory in
      func code(_ path: String) -> StoreError.Code? {
        do throws(StoreError) {
          _ = try SQLiteStore.openSettingAsideDamage(path: path, clock: FixedClock())
          return nil
        } catch {
          return error.code
        }
      }
      #expect(code(directory) == .cannotOpen)
      #expect(code(directory + "/missing/state.db") == .cannotOpen)
      do {
        let foreign = try SQLiteConnection(path: directory + "/foreign.db")
        try foreign.execute("CREATE TABLE things (name TEXT)")
      }
      #expect(code(directory + "/foreign.db") == .incompatible)
      await (try SQLiteStore.open(path: directory + "/newer.db")).close()
      do {
        let newer = try SQLiteConnection(path: directory + "/newer.db")
        try newer.execute("INSERT INTO migrations (name) VALUES ('2031-01-something')")
      }
      #expect(code(directory + "/newer.db") == .incompatible)
      #expect(fileNames(in: directory).allSatisfy { !$0.contains("damaged") })
    }
  }

  @Test("a database that is open cannot be opened a second time, here or in another process")
  func locked() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      let store = try SQLiteStore.open(path: path)
      try await store.put("a", [1])
      let error = #expect(throws: StoreError.self) { try SQLiteStore.open(path: path) }
      #expect(error?.code == .locked && error?.isRetryable == true)
      await #expect(processExitsWith: .exitCode(42)) { [path = path as String] in
        do throws(StoreError) {
          _ = try SQLiteStore.open(path: path)
        } catch {
          exit(error.code == .locked ? 42 : 1)
        }
      }
      try await store.put("a", [2])
      await store.close()
      let next = try SQLiteStore.open(path: path)
      #expect(try await next.get("a")?.value == [2])
      await next.close()
    }
  }

  @Test("CRC-32C gives the published check values")
  func checksum() {
    // RFC 3720, appendix B.4, and the usual "123456789".
    for (input, expected) in [
      (Array("123456789".utf8), 0xE306_9283), ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43), (Array(0..<32), 0x46DD_794E), ([], 0),
    ] as [([UInt8], UInt32)] {
      var checksum = CRC32C()
      checksum.update(input)
      #expect(checksum.value == expected)
    }
  }
}
#endif
