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

@Suite struct SQLiteCrashTests {
  /// `EDGE_CRASH_ROUNDS` raises it for a long run.
  static let rounds = Int(environmentNumber("EDGE_CRASH_ROUNDS") ?? 30)

  @Test("kill -9 at a random instant under load loses no acknowledged write and tears no transaction")
  func kill() async throws {
    try await withTemporaryDirectory { directory in
      let seed = SystemEntropy().next() % 1_000_000
      let entropy = SeededEntropy(seed: seed)
      for round in 0..<Self.rounds {
        let delay = Int(entropy.next(below: 150_000))
        await #expect(processExitsWith: .signal(SIGKILL)) {
          [
            directory = directory as String, round = round as Int, delay = delay as Int
          ] in
          try await writeUntilKilled(in: directory, round: round, afterMicroseconds: delay)
        }
        try await verify(directory, round, "seed \(seed), round \(round), killed after \(delay) us")
      }
      #expect(!readFile(directory + "/acknowledged").isEmpty, "seed \(seed): every process died before its first write")
    }
  }

  /// Every line of the journal was written after the store had acknowledged it.
  private func verify(_ directory: String, _ round: Int, _ context: String) async throws {
    // Every opening between two kills sees what the kill left, by whichever way.
    let store = try SQLiteStore.open(path: directory + "/state.db", configuration: crashConfiguration(round))
    try await store.verify()
    let lines = String(decoding: readFile(directory + "/acknowledged"), as: UTF8.self).split(separator: "\n")
    var newest: [String: (round: Int, revision: Int64)] = [:]
    var highest: Int64 = 1
    var given: Set<Int64> = []
    for line in lines {
      let fields = line.split(separator: " ")
      guard fields.count == 3, let value = Int(fields[1]), let revision = Int64(fields[2]) else { continue }
      highest = max(highest, revision)
      let isHeartbeat = fields[0].hasPrefix("beat")
      // Of heartbeats the newest may be lost, but not those of a round in which they were none.
      if !isHeartbeat || !hasHeartbeats(round: value / 1_000_000) { newest[String(fields[0])] = (value, revision) }
      #expect(given.insert(revision).inserted, "\(context): revision \(revision) was given twice")
    }
    #expect(try await store.status().revision.rawValue >= highest, "\(context)")
    for (key, written) in newest {
      let found = try await store.get(StoreKey(key + "/a"))
      let twin = try await store.get(StoreKey(key + "/b"))
      // The one write in flight may be there as well, but nothing older than what was acknowledged.
      #expect((found?.modRevision.rawValue ?? 0) >= written.revision, "\(context): \(key) is lost")
      #expect(found?.value == twin?.value && found?.modRevision == twin?.modRevision, "\(context): \(key) is torn")
    }
    await store.close()
  }
}

/// Small bounds, so that checkpoints and compactions happen all the time. Every other round has heartbeats, two of three
/// open by the index of the keys.
private func crashConfiguration(_ round: Int) -> SQLiteStoreConfiguration {
  SQLiteStoreConfiguration(
    compaction: CompactionPolicy(keptRevisions: 40), checkpointBytes: 64 << 10,
    pageCheckMaximumBytes: round % 3 == 0 ? 4 << 20 : 0,
    heartbeat: hasHeartbeats(round: round)
      ? HeartbeatPolicy(prefixes: ["beat"], interval: .milliseconds(10), reservedRevisions: 100) : nil)
}

private func hasHeartbeats(round: Int) -> Bool { round % 2 == 1 }

private func writeUntilKilled(in directory: String, round: Int, afterMicroseconds delay: Int) async throws {
  let store = try SQLiteStore.open(path: directory + "/state.db", configuration: crashConfiguration(round))
  let journal = open(directory + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
  await withTaskGroup(of: Void.self) { group in
    for writer in 0..<8 {
      group.addTask {
        let key = writer < 6 ? "w\(writer)" : "beat\(writer)"
        for index in 0... {
          let value = [UInt8](repeating: UInt8(index & 0xFF), count: 300 + index % 700)
          let transaction = Transaction(success: [.put(StoreKey(key + "/a"), value), .put(StoreKey(key + "/b"), value)])
          guard let revision = try? await store.commit(transaction).revision else { return }
          let line = Array("\(key) \(round * 1_000_000 + index) \(revision)\n".utf8)
          _ = line.withUnsafeBytes { write(journal, $0.baseAddress, $0.count) }
        }
      }
    }
    group.addTask {
      try? await Task.sleep(for: .microseconds(delay))
      _ = kill(getpid(), SIGKILL)
    }
  }
}
#endif
