#if SQLite
import EdgePrimitives
import EdgeStore
import EdgeStoreSQLite
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The file of keys beside a large database: every database is large here.
@Suite struct SQLiteIndexTests {
  private static let large = SQLiteStoreConfiguration(compaction: nil, pageCheckMaximumBytes: 0)

  /// Two thousand keys, some written again, some deleted, some under a lease.
  private func makeDatabase(at path: String) async throws {
    let store = try SQLiteStore.open(path: path, configuration: Self.large)
    let lease = try await store.grantLease(LeaseID(rawValue: 9), timeToLive: .seconds(500))
    for start in stride(from: 0, to: 2000, by: 100) {
      let puts = (start..<start + 100).map { index in
        Transaction.Operation.put(
          PutRequest(
            key: StoreKey("/registry/things/\(index * 7919 % 2000)"), value: Array("value-\(index)".utf8),
            lease: index % 50 == 0 ? lease.id : .none))
      }
      _ = try await store.commit(Transaction(success: puts))
    }
    for index in 0..<50 { try await store.put(StoreKey("/registry/things/\(index)"), Array("again-\(index)".utf8)) }
    try await store.delete(.prefix("/registry/things/19"))
    await store.close()
  }

  private struct Seen: Equatable {
    var all: RangeResponse
    var past: RangeResponse
    var leases: [LeaseID]
    var leased: [StoreKey]?
  }

  private func look(at path: String, _ configuration: SQLiteStoreConfiguration = large) async throws -> Seen {
    let store = try SQLiteStore.open(path: path, configuration: configuration)
    let seen = Seen(
      all: try await store.range(RangeRequest(.all)),
      past: try await store.range(RangeRequest(.all, revision: Revision(rawValue: 15))),
      leases: try await store.leases().map(\.id),
      leased: try await store.leaseStatus(LeaseID(rawValue: 9))?.keys)
    await store.close()
    return seen
  }

  @Test("a large database opened by the index of its keys is the same store, and needs no row before it")
  func same() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      try await makeDatabase(at: path)
      let index = readFile(path + "-keys")
      #expect(!index.isEmpty && index.count < 40 * 2000)
      let byIndex = try await look(at: path)
      #expect(readFile(path + "-keys") == index, "an index that fits is left as it is")
      unlink(path + "-keys")
      #expect(try await look(at: path) == byIndex)
      #expect(try await look(at: path, SQLiteStoreConfiguration(compaction: nil)) == byIndex)
      #expect(byIndex.all.count == 1889 && byIndex.past.count == 1400)
    }
  }

  @Test("what came after the index is replayed, also after a kill, and rows that contradict it are damage")
  func replay() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      try await makeDatabase(at: path)
      do {
        // Released, not closed: as a crash leaves it.
        let store = try SQLiteStore.open(path: path, configuration: Self.large)
        try await store.put("/registry/things/5", Array("newest".utf8))
        try await store.delete("/registry/things/6")
        try await store.put("another", [1])
      }
      let store = try SQLiteStore.open(path: path, configuration: Self.large)
      #expect(try await store.get("/registry/things/5")?.value == Array("newest".utf8))
      #expect(try await store.get("/registry/things/6") == nil)
      let watch = try await store.watch(
        WatchRequest(.prefix("/registry/things/"), startRevision: Revision(rawValue: 72), previousValues: true))
      let seen = try await watch.prefix(3).reduce(into: []) { $0 += $1.events.suffix(1) }
      #expect(
        seen.map { $0.previous.map { String(decoding: $0.value, as: UTF8.self) } }.suffix(2) == ["again-5", "again-6"])
      #expect(try await store.verify() == 2000 + 50 + 111 + 3)
      await store.close()
    }
  }

  @Test("an index that is cut, changed, of another time or of another database is not believed")
  func distrust() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      try await makeDatabase(at: path)
      let expected = try await look(at: path)
      let index = readFile(path + "-keys")
      let database = readFile(path)
      let entropy = SeededEntropy(seed: 11)
      for round in 0..<40 {
        var changed = index
        let position = round < 12 ? round : Int(entropy.next(below: UInt64(index.count)))
        if round % 2 == 0 { changed[position] ^= 1 << UInt8(round % 8) } else { changed.removeSubrange(position...) }
        writeFile(path + "-keys", changed)
        #expect(try await look(at: path) == expected, "round \(round), byte \(position)")
      }
      // The database of an earlier time with a later index beside it.
      do {
        let store = try SQLiteStore.open(path: path, configuration: Self.large)
        for index in 0..<1200 { try await store.put(StoreKey("later/\(index)"), [1]) }
        await store.close()
      }
      let later = readFile(path + "-keys")
      #expect(later != index)
      writeFile(path, database)
      #expect(try await look(at: path) == expected)
      // It went its own way meanwhile, as far as the index tells and further.
      do {
        unlink(path + "-keys")
        let store = try SQLiteStore.open(path: path, configuration: Self.large)
        for index in 0..<1300 { try await store.put(StoreKey("later/\(index)"), [1]) }
        try await store.delete("later/3")
        await store.close()
      }
      let own = try await look(at: path)
      writeFile(path + "-keys", later)
      #expect(try await look(at: path) == own)
    }
  }

  @Test("an index that compaction has passed is not believed, and brings no deleted key back")
  func passedByCompaction() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      try await makeDatabase(at: path)
      let index = readFile(path + "-keys")
      let store = try SQLiteStore.open(path: path, configuration: Self.large)
      try await store.delete(.prefix("/registry/things/1"))
      try await store.put("last", [1])
      let revision = try await store.status().revision
      try await store.compact(upTo: revision)
      for _ in 0..<500 where try await store.status().databaseBytes > 0 { try await Task.sleep(for: .milliseconds(1)) }
      let expected = try await store.range(RangeRequest(.all))
      await store.close()
      writeFile(path + "-keys", index)
      let again = try SQLiteStore.open(path: path, configuration: Self.large)
      #expect(try await again.range(RangeRequest(.all)) == expected)
      await again.close()
    }
  }

  @Test("a flipped bit in a large database is found by who reads the value, and by a verification")
  func flippedBit() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      try await makeDatabase(at: path)
      var content = readFile(path)
      let marker = Array("again-7".utf8)
      let position = try #require((0..<content.count).first { content[$0...].starts(with: marker) })
      content[position + 6] ^= 1
      writeFile(path, content)
      let store = try SQLiteStore.open(path: path, configuration: Self.large)
      let read = await #expect(throws: StoreError.self) { try await store.get("/registry/things/7") }
      #expect(read?.code == .damaged)
      let verification = await #expect(throws: StoreError.self) { try await store.verify() }
      #expect(verification?.code == .damaged)
      #expect(try await store.get("/registry/things/8") != nil, "the rest can be read")
      await store.close()
      #expect(throws: StoreError.self) {
        try SQLiteStore.open(path: path, configuration: SQLiteStoreConfiguration(pageCheckMaximumBytes: 64 << 20))
      }
    }
  }

  @Test("values that an opening left on the disk come into memory while nobody waits, up to the bound")
  func warming() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      try await makeDatabase(at: path)
      let store = try SQLiteStore.open(path: path, configuration: Self.large)
      let request = RangeRequest(.all)
      for _ in 0..<500 where try store.rangeNow(request) == nil { try await Task.sleep(for: .milliseconds(5)) }
      #expect(try store.rangeNow(request) == (try await store.range(request)))
      #expect(try await store.status().bytesWritten == 0, "reading writes nothing")
      await store.close()
    }
  }
}
#endif
