import EdgePrimitives
import EdgeStore
import EdgeTestKit
import EdgeTransport
import EdgeTransportOutbox
import Synchronization
import Testing

@Suite("delivery receiver")
struct DeliveryReceiverTests {
  /// Sends `messages` over one connection and returns the answers by parent, in the order they came.
  private func exchange(
    _ receiver: DeliveryReceiver, _ messages: [EdgeMessage]
  ) async throws -> [(id: String, isAccepted: Bool)] {
    let (near, far) = InMemoryConnection.pair(capacity: 256)
    let link = MessageLink()
    return try await whileServing(link, far, receiver: receiver) {
      let sender = Task { for message in messages { try await near.send(message) } }
      var answers: [(String, Bool)] = []
      for try await answer in near.inbound {
        answers.append((answer.parentID, answer.operation == .response))
        if answers.count == messages.count { break }
      }
      try await sender.value
      await near.close()
      return answers
    }
  }

  private func expectAccepted(
    _ count: Int, of messages: [EdgeMessage], by receiver: DeliveryReceiver
  ) async throws {
    let answers = try await exchange(receiver, messages)
    #expect(answers.count { $0.isAccepted } == count)
  }

  private func message(_ id: String, _ object: String, version: UInt64? = nil) -> EdgeMessage {
    item(object, version, id: id).message
  }

  @Test("effects and the memory of them are one transaction, so a repeat has no second effect, also after a restart")
  func exactlyOnce() async throws {
    let store = ObservedStore()
    let log = Mutex<[String]>([])
    let handler: DeliveryReceiver.Handler = { message in
      log.withLock { $0.append(message.id) }
      return .commit([.put(StoreKey("effect/" + message.id), message.content.bytes)])
    }
    let messages = (1...300).map { message("m\($0)", "object-\($0 % 7)") }
    let first = DeliveryReceiver(store: store, prefix: "in/", handler: handler)
    try await whileRunning(first) {
      try await expectAccepted(300, of: messages, by: first)
      try await expectAccepted(300, of: messages, by: first)
    }
    #expect(store.commits.withLock { $0 } <= 20 * 3, "the memory is written for many messages at once")
    let second = DeliveryReceiver(store: store, prefix: "in/", handler: handler)
    try await whileRunning(second) {
      try await expectAccepted(300, of: messages, by: second)
    }
    #expect(log.withLock { $0.count } == 300)
    #expect(second.counters.duplicates == 300)
  }

  @Test("messages of one object are applied in order and one at a time, those of different objects at the same time")
  func order() async throws {
    let state = Mutex<(log: [String: [String]], busy: Set<String>, most: Int)>(([:], [], 0))
    let receiver = DeliveryReceiver(store: MemoryStore(), prefix: "in/") { message in
      state.withLock { state in
        #expect(state.busy.insert(message.resource).inserted)
        state.most = max(state.most, state.busy.count)
        state.log[message.resource, default: []].append(message.id)
      }
      try? await Task.sleep(for: .milliseconds(1))
      state.withLock { _ = $0.busy.remove(message.resource) }
      return .performed
    }
    let messages = (0..<200).map { message("m\($0)", "object-\($0 % 20)") }
    try await whileRunning(receiver) { _ = try await exchange(receiver, messages) }
    state.withLock { state in
      #expect(state.most > 1)
      for (object, ids) in state.log { #expect(ids == messages.filter { $0.resource == object }.map(\.id)) }
    }
  }

  @Test("an older version that comes late is acknowledged and not applied; a deletion is not judged by its version")
  func versions() async throws {
    let log = Mutex<[String]>([])
    let receiver = DeliveryReceiver(store: MemoryStore(), prefix: "in/") { message in
      log.withLock { $0.append(message.id) }
      return .performed
    }
    var deletion = message("delete", "a", version: 7)
    deletion.route.operation = .delete
    let messages = [message("new", "a", version: 7), message("old", "a", version: 6), deletion]
    try await whileRunning(receiver) {
      try await expectAccepted(3, of: messages, by: receiver)
    }
    #expect(log.withLock { $0 } == ["new", "delete"])
  }

  @Test("behind a refused message none of its object is applied before it was repeated; others go on")
  func refusal() async throws {
    let refusals = Mutex(1)
    let log = Mutex<[String]>([])
    let receiver = DeliveryReceiver(store: MemoryStore(), prefix: "in/") { message in
      if message.id == "e2",
        refusals.withLock({ count in
          defer { count -= 1 }
          return count > 0
        })
      {
        return .refuse("not now")
      }
      log.withLock { $0.append(message.id) }
      return .performed
    }
    let outbox = DurableOutbox(store: MemoryStore(), prefix: "out/")
    let far = MessageLink()
    let (near, remote) = InMemoryConnection.pair()
    let judge: @Sendable (DeliveryItem, EdgeMessage) async -> MessageLink.Verdict = { _, answer in
      answer.operation == .error ? .retry(after: .milliseconds(5)) : .accepted
    }
    try await whileRunning(receiver) {
      try await whileRunning(outbox) {
        try await whileServing(far, remote, receiver: receiver) {
          try await whileServing(outbox.link, near, answered: judge) {
            try await outbox.enqueue(contentsOf: (1...6).map { item("event", nil, id: "e\($0)", .events) })
            try await outbox.enqueue(item("event-2", nil, id: "other", .events))
            try await eventually { outbox.link.pendingCount == 0 }
          }
        }
      }
    }
    let applied = log.withLock { $0 }
    #expect(applied.filter { $0 != "other" } == (1...6).map { "e\($0)" })
    #expect(receiver.counters.heldBack > 0)
  }

  @Test("what a session brings after a newer one has begun is dropped without an answer")
  func fencing() async throws {
    let log = Mutex<[String]>([])
    let receiver = DeliveryReceiver(store: MemoryStore(), prefix: "in/") { message in
      log.withLock { $0.append(message.id) }
      return .performed
    }
    let older = receiver.beginSession()
    let newer = receiver.beginSession()
    await older.receive(message("old", "a"))
    await newer.receive(message("new", "a"))
    try await whileRunning(receiver) { try await eventually { !log.withLock { $0.isEmpty } } }
    #expect(log.withLock { $0 } == ["new"] && receiver.counters.fenced == 1)
  }

  @Test("a flood suspends its sender: no more than the bound is held, and nothing is lost")
  func bounded() async throws {
    var configuration = DeliveryReceiver.Configuration()
    configuration.maximumQueued = 8
    let gate = CoalescingQueue<Int>()
    let count = Mutex(0)
    let receiver = DeliveryReceiver(store: MemoryStore(), prefix: "in/", configuration: configuration) { _ in
      if count.withLock({ $0 }) == 0 { _ = await gate.next() }
      count.withLock { $0 += 1 }
      return .performed
    }
    let session = receiver.beginSession()
    let taken = Count()
    let messages = (0..<100).map { message("m\($0)", "a") }
    let (near, far) = InMemoryConnection.pair(capacity: 256)
    try await whileRunning(receiver) {
      try await whileAnswering(session, far) {
        let flood = Task {
          for message in messages {
            await session.receive(message)
            taken.value.withLock { $0 += 1 }
          }
        }
        try await Task.sleep(for: .milliseconds(30))
        #expect(taken.value.withLock { $0 } == 8)
        gate.add(1)
        await flood.value
        try await eventually { count.withLock { $0 } == 100 }
        var answers = near.inbound.makeAsyncIterator()
        for _ in 0..<100 { #expect(try await answers.next() != nil) }
      }
    }
  }

  @Test("what no store could take is refused for good, and hurts nobody else")
  func hostile() async throws {
    let receiver = DeliveryReceiver(store: MemoryStore(), prefix: "in/") { message in
      switch message.id {
      case "many": .commit((0..<500).map { .put(StoreKey("k\($0)"), []) })
      case "large": .commit([.put("k", [UInt8](repeating: 0, count: 2 << 20))])
      case "twice": .commit([.put("k", []), .put("k", [])])
      case "empty": .commit([.put("", [])])
      default: .commit([.put("k", [])])
      }
    }
    let names = ["many", "large", "twice", "empty", String(repeating: "x", count: 10_000), "good"]
    try await whileRunning(receiver) {
      let answers = try await exchange(receiver, names.map { message($0, "object-\($0.prefix(5))") })
      #expect(answers.filter(\.isAccepted).map(\.id) == ["good"])
    }
  }

  @Test("the memory of ids is bounded on the disk and in memory; a repeat beyond it has its effect again")
  func boundedMemory() async throws {
    let store = MemoryStore()
    var configuration = DeliveryReceiver.Configuration()
    configuration.inbox.maximumRemembered = 50
    configuration.maximumBatch = 10
    let count = Mutex(0)
    let receiver = DeliveryReceiver(store: store, prefix: "in/", configuration: configuration) { _ in
      count.withLock { $0 += 1 }
      return .performed
    }
    try await whileRunning(receiver) {
      _ = try await exchange(receiver, (0..<500).map { message("m\($0)", "a") })
      let remembered = try await exchange(receiver, [message("m499", "a")])
      #expect(remembered.count == 1 && count.withLock { $0 } == 500)
      _ = try await exchange(receiver, [message("m1", "a")])
      #expect(count.withLock { $0 } == 501)
    }
    #expect(try await store.status().keyCount <= 51)
  }
}
