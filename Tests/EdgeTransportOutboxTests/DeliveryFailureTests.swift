#if SQLite
import EdgePrimitives
import EdgeStore
import EdgeStoreSQLite
import EdgeTransport
import EdgeTransportOutbox
import Synchronization
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Failures that users of KubeEdge and others reported, over real files and with real ends of processes.
@Suite("delivery failures")
struct DeliveryFailureTests {
  /// `EDGE_CRASH_ROUNDS` raises it for a long run.
  static let rounds = getenv("EDGE_CRASH_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 6

  @Test("FF-01: kill -9 of both ends at a random instant loses nothing promised and repeats no effect")
  func kill() async throws {
    try await withTemporaryDirectory { directory in
      let seed = SystemEntropy().next() % 1_000_000
      let entropy = SeededEntropy(seed: seed)
      for round in 0..<Self.rounds {
        let delay = Int(5_000 + entropy.next(below: 120_000))
        await #expect(processExitsWith: .signal(SIGKILL)) {
          [
            directory = directory as String, round = round as Int, delay = delay as Int
          ] in
          try await deliverUntilKilled(in: directory, round: round, afterMicroseconds: delay)
        }
      }
      let promised = readText(directory + "/promised").split(separator: "\n").map(String.init)
      #expect(!promised.isEmpty, "seed \(seed): every process died before its first promise")
      try await withEnds(in: directory) { outbox, store in
        try await eventually { outbox.link.isConnected && outbox.link.pendingCount == 0 }
        let effects = try await store.range(RangeRequest(.prefix("effect/"))).kvs
        #expect(effects.allSatisfy { $0.version == 1 }, "seed \(seed): an effect was made twice")
        let made = Set(effects.map { String(decoding: $0.key.bytes.dropFirst(7), as: UTF8.self) })
        for id in promised { #expect(made.contains(id), "seed \(seed): \(id) is lost") }
        // Ids of one object count up; so must the revisions of their effects. Those of one revision were made at once.
        var newest: [Substring: (index: Int, revision: Revision)] = [:]
        let ordered = effects.map { effect in
          let parts = String(decoding: effect.key.bytes.dropFirst(7), as: UTF8.self).split(separator: "/")
          return (parts, Int(parts[1]) ?? 0, effect.createRevision)
        }
        for (parts, index, revision) in ordered.sorted(by: { ($0.2, $0.1) < ($1.2, $1.1) }) {
          #expect(newest[parts[0]].map { $0.index < index } ?? true, "seed \(seed): \(parts) is out of order")
          newest[parts[0]] = (index, revision)
        }
      }
    }
  }

  @Test(
    "FF-01, FF-19: a desired value that changes while the node is away arrives once, the newest, after a restart of the hub"
  )
  func desiredValue() async throws {
    try await withTemporaryDirectory { directory in
      let store = try SQLiteStore.open(path: directory + "/sender.db")
      let hub = DurableOutbox(store: store, prefix: "out/edge-1/")
      try await whileRunning(hub) {
        for version in 1...20 { try await hub.enqueue(item("twin/valve", UInt64(version), .twin)) }
        try await hub.enqueue(item("twin/pump", 1, .twin))
      }
      await store.close()
      let reopened = try SQLiteStore.open(path: directory + "/sender.db")
      let again = DurableOutbox(store: reopened, prefix: "out/edge-1/")
      let received = Mutex<[String]>([])
      let receiver = DeliveryReceiver(store: MemoryStore(), prefix: "in/") { message in
        received.withLock { $0.append(message.id) }
        return .performed
      }
      try await whileRunning(again) {
        try await whileRunning(receiver) {
          // The first connection breaks while the value is on its way, its answer is never seen.
          let (near, far) = InMemoryConnection.pair()
          try await whileServing(again.link, near) {
            var inbound = far.inbound.makeAsyncIterator()
            #expect(try await inbound.next()?.id == "twin/valve@20")
            far.breakLink()
            try await eventually { !again.link.isConnected }
          }
          let (local, remote) = InMemoryConnection.pair()
          let edge = MessageLink()
          try await whileServing(edge, remote, receiver: receiver) {
            try await whileServing(again.link, local) {
              try await eventually { again.link.pendingCount == 0 }
            }
          }
        }
      }
      // Each once; the order of different objects is nobody's promise.
      #expect(received.withLock { $0.sorted() } == ["twin/pump@1", "twin/valve@20"])
      await reopened.close()
    }
  }

  @Test("FF-22: readings that come faster than the link takes them hold their producer up; none is lost uncounted")
  func backPressure() async throws {
    var configuration = MessageLink.Configuration()
    configuration.outbox = OutboxConfiguration(window: 8, maximumWindow: 8, maximumPending: 64)
    configuration.outbox[.readings].retention = .dropOldest(maximumBytes: 4_000)
    let link = MessageLink(configuration: configuration)
    let received = Mutex<[String]>([])
    let receiver = DeliveryReceiver(store: MemoryStore(), prefix: "in/") { message in
      received.withLock { $0.append(message.id) }
      try? await Task.sleep(for: .microseconds(100))
      return .performed
    }
    let (near, far) = InMemoryConnection.pair(capacity: 4)
    let edge = MessageLink()
    try await whileRunning(receiver) {
      try await whileServing(edge, far, receiver: receiver) {
        try await whileServing(link, near) {
          let clock = ContinuousClock()
          let begin = clock.now
          for index in 0..<400 {
            #expect(await link.enqueue(item("meter", nil, id: "e\(index)", .events), whenFull: .wait) == .queued)
            #expect(link.pendingCount <= 64)
          }
          #expect(clock.now - begin > .milliseconds(30), "the producer went at the pace of the link")
          for index in 0..<400 { link.enqueue(item("sensor", nil, id: "r\(index)", .readings)) }
          try await eventually { link.pendingCount == 0 }
        }
      }
    }
    let ids = received.withLock { $0 }
    #expect(ids.filter { $0.hasPrefix("e") } == (0..<400).map { "e\($0)" })
    let readings = link.counters(of: .readings)
    #expect(ids.count { $0.hasPrefix("r") } == readings.enqueued - readings.dropped)
    #expect(readings.enqueued + readings.refused == 400 && readings.dropped + readings.refused > 0)
  }
}

/// Both ends in this process, each with its own file, and a line between them.
private func withEnds(
  in directory: String, _ body: (DurableOutbox, SQLiteStore) async throws -> Void
) async throws {
  let senderStore = try SQLiteStore.open(path: directory + "/sender.db")
  let receiverStore = try SQLiteStore.open(path: directory + "/receiver.db")
  var configuration = MessageLink.Configuration()
  configuration.outbox = OutboxConfiguration(removalDelay: .milliseconds(3), removalBatch: 64)
  let outbox = DurableOutbox(store: senderStore, prefix: "out/cloud/", configuration: configuration)
  let receiver = DeliveryReceiver(store: receiverStore, prefix: "in/edge/") { message in
    .commit([.put(StoreKey("effect/" + message.id), message.content.bytes)])
  }
  let cloud = MessageLink()
  let (near, far) = InMemoryConnection.pair()
  try await whileRunning(outbox) {
    try await whileRunning(receiver) {
      try await whileServing(cloud, far, receiver: receiver) {
        try await whileServing(outbox.link, near) { try await body(outbox, receiverStore) }
      }
    }
  }
  await senderStore.close()
  await receiverStore.close()
}

private func deliverUntilKilled(in directory: String, round: Int, afterMicroseconds delay: Int) async throws {
  let journal = open(directory + "/promised", O_WRONLY | O_CREAT | O_APPEND, 0o600)
  try await withEnds(in: directory) { outbox, _ in
    await withTaskGroup(of: Void.self) { group in
      for producer in 0..<4 {
        group.addTask {
          for index in 0... {
            let id = "device-\(producer)/\(round * 1_000_000 + index)"
            guard (try? await outbox.enqueue(item("device-\(producer)", nil, id: id, .events, bytes: 200))) == .queued
            else { return }
            let line = Array("\(id)\n".utf8)
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
}
#endif
