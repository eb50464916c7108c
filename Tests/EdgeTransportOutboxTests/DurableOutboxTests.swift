import EdgePrimitives
import EdgeStore
import EdgeTransport
import EdgeTransportOutbox
import Synchronization
import Testing

@Suite("durable outbox")
struct DurableOutboxTests {
  /// What a peer that acknowledges everything has received.
  private func deliver(_ outbox: DurableOutbox) async throws -> [EdgeMessage] {
    let (local, remote) = InMemoryConnection.pair()
    let received = Mutex<[EdgeMessage]>([])
    let peer = Task {
      for try await message in remote.inbound {
        received.withLock { $0.append(message) }
        try await remote.send(message.ack(id: UniqueID(rawValue: "a"), timestamp: Timestamp(nanosecondsSinceEpoch: 0)))
      }
    }
    try await whileServing(outbox.link, local) {
      try await eventually { outbox.link.isConnected }
      await outbox.link.drained()
      await remote.close()
    }
    _ = try? await peer.value
    return received.withLock { $0 }
  }

  @Test("what was enqueued durably is there after a restart: in order, coalesced, with its versions")
  func restores() async throws {
    let store = MemoryStore()
    let first = DurableOutbox(store: store, prefix: "out/")
    try await whileRunning(first) {
      for index in 1...5 { try await first.enqueue(item("event", nil, id: "e\(index)", .events)) }
      try await first.enqueue(item("a", 1))
      try await first.enqueue(item("b", 7))
      try await first.enqueue(item("a", 2))
    }
    let second = DurableOutbox(store: store, prefix: "out/")
    #expect(try await second.restore().items == 7)
    #expect(second.link.enqueue(item("b", 7, id: "again")) == .stale)
    try await whileRunning(second) {
      let received = try await deliver(second)
      #expect(received.map(\.id) == ["a@2", "b@7", "e1", "e2", "e3", "e4", "e5"])
    }
  }

  @Test("what was acknowledged leaves the store, in few writes, and an idle outbox writes nothing")
  func removes() async throws {
    let store = ObservedStore()
    var configuration = MessageLink.Configuration()
    configuration.outbox = OutboxConfiguration(removalDelay: .milliseconds(200))
    let outbox = DurableOutbox(store: store, prefix: "out/", configuration: configuration)
    try await whileRunning(outbox) {
      try await outbox.enqueue(contentsOf: (1...300).map { item("event", nil, id: "e\($0)", .events) })
      try await outbox.enqueue(item("a", 1))
      #expect(try await deliver(outbox).count == 301)
      try await eventually { try await store.status().keyCount == 0 }
      let commits = store.commits.withLock { $0 }
      #expect(commits <= 12)
      try await Task.sleep(for: .milliseconds(250))
      #expect(store.commits.withLock { $0 } == commits)
    }
  }

  @Test("a value costs one write at most, and none when a newer one replaces it while the disk is busy")
  func writeAmplification() async throws {
    let store = ObservedStore(pace: .milliseconds(2))
    let outbox = DurableOutbox(store: store, prefix: "out/")
    try await whileRunning(outbox) {
      await withTaskGroup(of: Void.self) { group in
        for version in 1...200 { group.addTask { _ = try? await outbox.enqueue(item("a", UInt64(version))) } }
      }
      #expect(store.puts.withLock { $0 } <= 200)
      // One after the other, each is one write in its place: no deletion, no second key.
      let before = store.puts.withLock { $0 }
      for version in 301...310 { try await outbox.enqueue(item("a", UInt64(version))) }
      #expect(store.puts.withLock { $0 } == before + 10)
      #expect(try await store.status().keyCount == 1)
      // Those who come while a write is under way share the next one.
      let commits = store.commits.withLock { $0 }
      await withTaskGroup(of: Void.self) { group in
        for index in 0..<100 { group.addTask { _ = try? await outbox.enqueue(item("o-\(index)", 1)) } }
      }
      #expect(store.commits.withLock { $0 } - commits <= 10)
    }
  }

  @Test("classes in memory write nothing; nothing durable is sent before it is on the disk")
  func policies() async throws {
    let store = ObservedStore()
    let outbox = DurableOutbox(store: store, prefix: "out/")
    // Nobody runs the journal yet.
    #expect(outbox.link.enqueue(item("reading", nil, id: "r1", .readings)) == .queued)
    #expect(outbox.link.enqueue(item("a", 1)) == .queued)
    let (local, remote) = InMemoryConnection.pair()
    try await whileServing(outbox.link, local) {
      var inbound = remote.inbound.makeAsyncIterator()
      #expect(try await inbound.next()?.id == "r1")
      #expect(store.puts.withLock { $0 } == 0)
      try await whileRunning(outbox) {
        let message = try await inbound.next()
        #expect(message?.id == "a@1")
        #expect(store.puts.withLock { $0 } == 1)
      }
    }
  }

  @Test("a store without room holds producers up until it has some; one that failed tells them")
  func storeFailures() async throws {
    let store = ObservedStore()
    store.failure.withLock { $0 = StoreError(.noSpace, "full") }
    let outbox = DurableOutbox(store: store, prefix: "out/")
    let running = Task { () -> StoreError? in
      do throws(StoreError) {
        try await outbox.run()
        return nil
      } catch {
        return error
      }
    }
    let waiting = Task { try await outbox.enqueue(item("a", 1)) }
    try await Task.sleep(for: .milliseconds(20))
    store.failure.withLock { $0 = nil }
    #expect(try await waiting.value == .queued)
    store.failure.withLock { $0 = StoreError(.io, "broken") }
    await #expect(throws: StoreError.self) { try await outbox.enqueue(item("b", 1)) }
    #expect(await running.value?.code == .io)
    await #expect(throws: StoreError.self) { try await outbox.enqueue(item("c", 1)) }
  }

  @Test("a full class makes its producer wait or refuses, as the producer chooses; others go on")
  func backPressure() async throws {
    var configuration = MessageLink.Configuration()
    configuration.outbox[.events].retention = .all(maximumBytes: 3000)
    let outbox = DurableOutbox(store: MemoryStore(), prefix: "out/", configuration: configuration)
    try await whileRunning(outbox) {
      var taken = 0
      while try await outbox.enqueue(item("event", nil, id: "e\(taken)", .events), whenFull: .refuse) != .refused {
        taken += 1
      }
      #expect(taken > 5)
      let waiting = Task { try await outbox.enqueue(item("event", nil, id: "late", .events)) }
      #expect(try await outbox.enqueue(item("a", 1), whenFull: .refuse) == .queued)
      let received = try await deliver(outbox)
      #expect(try await waiting.value == .queued)
      let rest = try await deliver(outbox)
      #expect((received + rest).map(\.id).filter { $0 != "a@1" } == (0..<taken).map { "e\($0)" } + ["late"])
      // A producer that is cancelled while it waits is let go, and its item was not taken.
      while try await outbox.enqueue(item("event", nil, id: "f\(taken)", .events), whenFull: .refuse) != .refused {
        taken += 1
      }
      let cancelled = Task { try await outbox.enqueue(item("event", nil, id: "never", .events)) }
      try await Task.sleep(for: .milliseconds(5))
      cancelled.cancel()
      await #expect(throws: CancellationError.self) { try await cancelled.value }
    }
  }

  @Test("thousands of outboxes live in one store, each under its prefix")
  func manyPeers() async throws {
    let store = MemoryStore()
    for node in 0..<200 {
      let outbox = DurableOutbox(store: store, prefix: StoreKey("out/node-\(node)/"))
      try await whileRunning(outbox) { _ = try await outbox.enqueue(item("a", UInt64(node + 1))) }
    }
    for node in [0, 1, 19, 199] {
      let outbox = DurableOutbox(store: store, prefix: StoreKey("out/node-\(node)/"))
      #expect(try await outbox.restore().items == 1)
      try await whileRunning(outbox) {
        let received = try await deliver(outbox)
        #expect(received.map(\.id) == ["a@\(node + 1)"])
      }
    }
  }

  @Test("records that cannot be read are reported and left alone; the others are delivered")
  func unreadable() async throws {
    let store = MemoryStore()
    let first = DurableOutbox(store: store, prefix: "out/")
    try await whileRunning(first) { _ = try await first.enqueue(item("a", 1)) }
    try await store.put("out/oother", [9, 9, 9])
    try await store.put(StoreKey(Array("out/s".utf8) + [0, 0, 0, 0, 0, 0, 0, 9, 0]), [1, 0xFF, 0xFF, 0xFF, 0xFF])
    try await store.put("out/x", [])
    let second = DurableOutbox(store: store, prefix: "out/")
    let restoration = try await second.restore()
    #expect(restoration.items == 1 && restoration.unreadable.count == 3)
    try await whileRunning(second) {
      try await second.enqueue(item("event", nil, id: "e", .events))
      #expect(try await deliver(second).map(\.id) == ["a@1", "e"])
      #expect(try await store.get("out/x") != nil)
    }
  }
}
