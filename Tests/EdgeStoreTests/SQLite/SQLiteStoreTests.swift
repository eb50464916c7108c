#if SQLite
import EdgeStore
import EdgeStoreSQLite
import EdgeTestKit
import Testing

@Suite struct SQLiteStoreTests {
  @Test("the SQLite store keeps the contract", arguments: StoreConformance.cases)
  func conforms(_ conformanceCase: StoreConformanceCase) async throws {
    try await withTemporaryDirectory { directory in
      let clock = ManualClock()
      let store = try SQLiteStore.open(
        path: directory + "/state.db", configuration: SQLiteStoreConfiguration(compaction: nil), leaseClock: clock)
      let passing: StoreConformanceCase.Passing = { clock.advance(by: $0) }
      try await conformanceCase.run(passing: passing) { store }
      await store.close()
    }
  }

  @Test(
    "it keeps the contract with nothing in memory but keys, or keys and history, too",
    arguments: StoreConformance.cases, [SQLiteStoreConfiguration.diskOnly, .valuesOnDisk])
  func conformsFromDisk(_ conformanceCase: StoreConformanceCase, _ configuration: SQLiteStoreConfiguration) async throws
  {
    try await withTemporaryDirectory { directory in
      let clock = ManualClock()
      let store = try SQLiteStore.open(
        path: directory + "/state.db", configuration: configuration, leaseClock: clock)
      let passing: StoreConformanceCase.Passing = { clock.advance(by: $0) }
      try await conformanceCase.run(passing: passing) { store }
      await store.close()
    }
  }

  @Test("reads of single keys that come together are read together, and each is answered as if it were alone")
  func readsTogether() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStore.open(path: directory + "/state.db", configuration: .valuesOnDisk)
      let keys = (0..<60).map { StoreKey("key-\($0)") }
      for key in keys { try await store.put(key, Array("1 of \(key)".utf8)) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for number in 2...30 { for key in keys { try await store.put(key, Array("\(number) of \(key)".utf8)) } }
        }
        for reader in 0..<32 {
          group.addTask {
            for round in 0..<60 {
              let key = round % 20 == 0 ? StoreKey("none") : keys[(reader * 7 + round) % keys.count]
              let response = try await withCheckedContinuation { caller in
                store.range(RangeRequest(.key(key), keysOnly: round % 7 == 0)) { caller.resume(returning: $0) }
              }.get()
              #expect(response.count == (key == "none" ? 0 : 1))
              for keyValue in response.kvs {
                let value = round % 7 == 0 ? [] : Array("\(keyValue.version) of \(key)".utf8)
                #expect(keyValue.key == key && keyValue.value == value)
              }
            }
          }
        }
        try await group.waitForAll()
      }
      await store.close()
      let afterwards = await withCheckedContinuation { caller in
        store.range(RangeRequest(.key("key-1"))) { caller.resume(returning: $0) }
      }
      #expect(throws: StoreError.self) { try afterwards.get() }
    }
  }

  @Test("watches that begin while others write see all that each write supersedes, wherever that is")
  func previousValuesOfNewWatches() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStore.open(path: directory + "/state.db", configuration: .valuesOnDisk)
      let keys = (0..<40).map { StoreKey("key-\($0)") }
      for key in keys { try await store.put(key, Array("0 of \(key)".utf8)) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<4 {
          group.addTask {
            for number in 1...150 {
              for key in keys[(writer * 10)..<(writer * 10 + 10)] {
                try await store.put(key, Array("\(number) of \(key)".utf8))
              }
            }
          }
        }
        for reader in 0..<40 {
          group.addTask {
            let current = try await store.status().revision
            let back = Revision(rawValue: max(42, current.rawValue - 30))
            let watch = try await store.watch(
              WatchRequest(.all, startRevision: reader % 2 == 0 ? nil : back, previousValues: true))
            var seen: [StoreKey: [UInt8]] = [:]
            var count = 0
            var iterator = watch.makeAsyncIterator()
            watch.requestProgress()
            while count < 60, let batch = try await iterator.next(), !batch.events.isEmpty {
              for event in batch.events {
                let previous = try #require(event.previous, "\(event.keyValue.key) at \(batch.revision)")
                #expect(previous.version == event.keyValue.version - 1)
                #expect(previous.value == Array("\(event.keyValue.version - 2) of \(event.keyValue.key)".utf8))
                if let last = seen[event.keyValue.key] { #expect(last == previous.value) }
                seen[event.keyValue.key] = event.keyValue.value
                count += 1
              }
            }
            watch.cancel()
          }
        }
        try await group.waitForAll()
      }
      await store.close()
    }
  }

  @Test("leases and what is under them are there after reopening, and live their full time again")
  func leasesSurvive() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      let first = try SQLiteStore.open(path: path)
      let lease = try await first.grantLease(timeToLive: .seconds(100))
      let revoked = try await first.grantLease(timeToLive: .seconds(100))
      try await first.put("a", [1], lease: lease.id)
      try await first.put("b", [1], lease: revoked.id)
      _ = try await first.revokeLease(revoked.id)
      await first.close()

      let clock = ManualClock()
      let second = try SQLiteStore.open(path: path, leaseClock: clock)
      #expect(try await second.leases() == [lease])
      let status = try await second.leaseStatus(lease.id)
      #expect(status == LeaseStatus(lease: lease, remaining: .seconds(100), keys: ["a"]))
      let watch = try await second.watch(WatchRequest(.all))
      clock.advance(by: .seconds(101))
      let batch = try await watch.first { _ in true }
      #expect(batch?.events.map(\.kind) == [.delete])
      await second.close()
      let third = try SQLiteStore.open(path: path)
      #expect(try await third.leases() == [])
      #expect(try await third.status().keyCount == 0)
      await third.close()
    }
  }

  @Test("content, revisions and history are there after reopening")
  func reopen() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      let first = try SQLiteStore.open(path: path)
      #expect(first.wasCreated)
      try await first.put("a", [1])
      try await first.put("a", [2])
      try await first.put("empty", [])
      try await first.delete("a")
      await first.close()
      #expect(fileNames(in: directory).filter { !readFile(directory + "/" + $0).isEmpty } == ["state.db"])

      let second = try SQLiteStore.open(path: path)
      #expect(!second.wasCreated)
      #expect(try await second.get("a") == nil)
      #expect(try await second.get("empty")?.value == [])
      #expect(try await second.get("a", revision: Revision(rawValue: 3))?.value == [2])
      #expect(try await second.put("a", [3]).rawValue == 6)
      let watch = try await second.watch(WatchRequest(.key("a"), startRevision: Revision(rawValue: 2)))
      var seen: [Int64] = []
      for try await batch in watch {
        seen.append(batch.revision.rawValue)
        if batch.revision.rawValue == 6 { break }
      }
      #expect(seen == [2, 3, 5, 6])
      await second.close()
    }
  }

  @Test("a backup made under load is a store of one moment, with its history; and never half a file")
  func backup() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStore.open(path: directory + "/state.db", configuration: .diskOnly)
      let value = [UInt8](repeating: 3, count: 1000)
      for index in 0..<100 { try await store.put(StoreKey("k\(index)"), value) }
      async let load: Void = withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<4 {
          group.addTask {
            for round in 0..<100 {
              let pair = ["a", "b"].map { Transaction.Operation.put(StoreKey("\(writer)/\($0)"), [UInt8(round)]) }
              _ = try await store.commit(Transaction(success: pair))
            }
          }
        }
        try await group.waitForAll()
      }
      try await store.backUp(to: directory + "/backup.db")
      try await load
      let error = await #expect(throws: StoreError.self) { try await store.backUp(to: directory + "/backup.db") }
      #expect(error?.code == .cannotOpen)
      let restored = try SQLiteStore.open(path: directory + "/backup.db")
      let status = try await restored.status()
      #expect(status.revision.rawValue >= 101)
      let all = try await restored.range(RangeRequest(.all))
      #expect(all == (try await store.range(RangeRequest(.all, revision: status.revision))).with(status.revision))
      #expect(try await restored.range(RangeRequest(.all, revision: Revision(rawValue: 50))).count == 49)
      #expect(fileNames(in: directory).allSatisfy { !$0.contains("partial") })
      await restored.close()
      await store.close()
    }
  }

  @Test("a snapshot is a database file of one moment; nothing of it stays beside the database")
  func snapshot() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStore.open(
        path: directory + "/state.db", configuration: SQLiteStoreConfiguration(compaction: nil))
      let names = fileNames(in: directory)
      try await StoreConformance.checkRestoring(of: store) { snapshot in
        #expect(snapshot.format == .sqlite && fileNames(in: directory) == names)
        var content: [UInt8] = []
        while let piece = try await snapshot.next() { content += piece }
        writeFile(directory + "/restored.db", content)
        return try SQLiteStore.open(
          path: directory + "/restored.db", configuration: SQLiteStoreConfiguration(compaction: nil))
      }
      await store.close()
      writeFile(directory + "/state.db-snapshot", [1])
      await (try SQLiteStore.open(path: directory + "/state.db")).close()
      #expect(!fileNames(in: directory).contains("state.db-snapshot"), "what a crash left is removed")
    }
  }

  @Test("revisions go on after everything was deleted, compacted and reopened")
  func revisionsSurviveEmptiness() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      let first = try SQLiteStore.open(path: path)
      for index in 0..<300 { try await first.put(StoreKey("k\(index)"), [1]) }
      try await first.delete(.all)
      try await first.compact(upTo: Revision(rawValue: 302))
      await first.close()
      let second = try SQLiteStore.open(path: path)
      let status = try await second.status()
      #expect(status.revision.rawValue == 302 && status.compactedRevision.rawValue == 302 && status.keyCount == 0)
      #expect(try await second.put("k0", [1]).rawValue == 303)
      await second.close()
    }
  }

  @Test("an interrupted compaction is finished after reopening, and brings no deleted key back")
  func interruptedCompaction() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      let first = try SQLiteStore.open(path: path, configuration: SQLiteStoreConfiguration(compaction: nil))
      let value = [UInt8](repeating: 7, count: 2000)
      for _ in 0..<15 {
        _ = try await first.commit(Transaction(success: (0..<100).map { .put(StoreKey("k\($0)"), value) }))
      }
      try await first.delete(.from("k5", until: nil))
      let status = try await first.status()
      try await first.compact(upTo: status.revision)
      // Closing does not wait for the rest of the compaction.
      await first.close()
      let second = try SQLiteStore.open(path: path)
      #expect(try await second.status().keyCount == status.keyCount)
      var bytes = try await second.status().databaseBytes
      for _ in 0..<400 where bytes > 2_000_000 {
        try await Task.sleep(for: .milliseconds(10))
        bytes = try await second.status().databaseBytes
      }
      await second.close()
      #expect(readFile(path).count < 2_000_000, "the file shrinks when most of it is free")
      let third = try SQLiteStore.open(path: path)
      #expect(try await third.status().keyCount == status.keyCount)
      await third.close()
    }
  }

  @Test("FF-10: under updates without end the database and its log stay bounded and no write fails")
  func boundedFiles() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      let store = try SQLiteStore.open(
        path: path,
        configuration: SQLiteStoreConfiguration(
          compaction: CompactionPolicy(keptRevisions: 100), checkpointBytes: 256 << 10))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<8 {
          group.addTask {
            for round in 0..<400 {
              try await store.put(StoreKey("node-\(writer)"), [UInt8](repeating: UInt8(round & 0xFF), count: 1000))
              if round % 40 == 0 { #expect(try await store.status().databaseBytes < 2 << 20) }
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(readFile(path + "-wal").count < 1 << 20, "the log is folded in again and again")
      await store.close()
      // 3200 values of 1000 bytes were written, about 110 are kept.
      #expect(readFile(path).count < 1 << 20)
      let reopened = try SQLiteStore.open(path: path)
      let status = try await reopened.status()
      #expect(status.revision.rawValue == 3201 && status.keyCount == 8)
      await reopened.close()
    }
  }

  @Test("FF-09, FF-11: a store that is left alone writes nothing, and says how much it has written")
  func idle() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      let store = try SQLiteStore.open(path: path)
      for index in 0..<20 { try await store.put("k", [UInt8](repeating: UInt8(index), count: 1000)) }
      try await Task.sleep(for: .milliseconds(50))
      let before = (try await store.status(), readFile(path), readFile(path + "-wal"))
      #expect(before.0.bytesWritten >= 20 * 4096)
      try await Task.sleep(for: .milliseconds(200))
      _ = try await store.get("k")
      _ = try await store.commit(Transaction(compares: [.absent("k")], success: [.put("k", [])]))
      #expect(try await store.status() == before.0)
      #expect(readFile(path) == before.1 && readFile(path + "-wal") == before.2)
      await store.close()
    }
  }

  @Test("a full database refuses writes without applying them, goes on reading, and recovers by compaction")
  func full() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      let configuration = SQLiteStoreConfiguration(compaction: nil, maximumDatabaseBytes: 256 << 10)
      let store = try SQLiteStore.open(path: path, configuration: configuration)
      let value = [UInt8](repeating: 9, count: 4000)
      var refusal: StoreError?
      var written = 0
      while refusal == nil && written < 1000 {
        do throws(StoreError) {
          try await store.put(StoreKey("k\(written % 4)"), value)
          written += 1
        } catch {
          refusal = error
        }
      }
      #expect(refusal?.code == .noSpace && refusal?.mayHaveBeenApplied == false)
      let status = try await store.status()
      #expect(status.revision.rawValue == Int64(written + 1))
      #expect(try await store.range(RangeRequest(.all)).count == 4)
      try await store.compact(upTo: status.revision)
      #expect(try await store.put("k1", value).rawValue == status.revision.rawValue + 1)
      await store.close()
      let reopened = try SQLiteStore.open(path: path, configuration: configuration)
      #expect(try await reopened.status().revision == status.revision.next)
      await reopened.close()
    }
  }

  @Test("closing completes what waits and refuses what comes later; a second close is harmless")
  func close() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      let store = try SQLiteStore.open(path: path)
      let outcomes = await withTaskGroup(of: Result<Revision, any Error>.self) { group in
        for index in 0..<200 {
          group.addTask {
            do { return .success(try await store.put(StoreKey("k\(index)"), [1])) } catch { return .failure(error) }
          }
        }
        group.addTask {
          await store.close()
          return .success(.zero)
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      await store.close()
      let acknowledged = outcomes.compactMap { try? $0.get() }.filter { $0 > .zero }
      for case .failure(let error) in outcomes { #expect((error as? StoreError)?.code == .closed) }
      let reopened = try SQLiteStore.open(path: path)
      #expect(try await reopened.status().keyCount == acknowledged.count)
      await reopened.close()
    }
  }

  @Test("when too many transactions wait for the disk, the next one is refused unapplied and may be tried again")
  func overload() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStore.open(
        path: directory + "/state.db", configuration: SQLiteStoreConfiguration(maximumQueuedTransactions: 4))
      let (written, refused) = await withTaskGroup(of: StoreError?.self) { group in
        for index in 0..<300 {
          group.addTask {
            do throws(StoreError) {
              try await store.put(StoreKey("k\(index)"), [1])
              return nil
            } catch {
              return error
            }
          }
        }
        return await group.reduce(into: (0, [StoreError]())) { counts, error in
          if let error { counts.1.append(error) } else { counts.0 += 1 }
        }
      }
      #expect(refused.allSatisfy { $0.code == .overloaded && $0.isRetryable && !$0.mayHaveBeenApplied })
      #expect(try await store.status().keyCount == written)
      await store.close()
    }
  }
}

extension RangeResponse {
  fileprivate func with(_ revision: Revision) -> RangeResponse {
    RangeResponse(kvs: kvs, count: count, more: more, revision: revision)
  }
}

extension SQLiteStoreConfiguration {
  /// Every value and all history but the newest revision must be read from the disk.
  static let diskOnly = SQLiteStoreConfiguration(
    compaction: nil, checkpointBytes: 32 << 10, maximumValueMemoryBytes: 0, maximumHistoryMemoryBytes: 0)

  /// Small, with history in memory and all values on the disk.
  fileprivate static let valuesOnDisk = SQLiteStoreConfiguration(
    compaction: nil, checkpointBytes: 32 << 10, maximumValueMemoryBytes: 0)
}
#endif
