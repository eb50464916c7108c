import EdgePrimitives
import Synchronization
import Testing

@testable import EdgeTransport

@Suite("message link")
struct MessageLinkTests {
  // MARK: Delivery

  @Test("what was enqueued without a connection goes out, in order, when there is one")
  func waitsForConnection() async throws {
    let link = MessageLink()
    for index in 1...5 { #expect(link.enqueue(item("object-\(index)", 1)) == .queued) }
    #expect(!link.isConnected && link.pendingCount == 5)
    let peer = Peer()
    try await withServedLink(link, peer: peer) { _ in
      await link.drained()
      #expect(peer.received.map(\.resource) == (1...5).map { "object-\($0)" })
    }
    #expect(link.counters.acknowledged == 5)
  }

  @Test("a message whose acknowledgement was lost with the link comes again under the same id")
  func survivesBrokenLink() async throws {
    let link = MessageLink()
    let silent = Peer(acknowledges: false)
    try await withServedLink(link, peer: silent) { connection in
      link.enqueue(item("object", 1, id: "m1"))
      try await eventually { silent.received.count == 1 }
      connection.breakLink()
    }
    #expect(link.pendingCount == 1 && !link.isConnected)
    let peer = Peer()
    try await withServedLink(link, peer: peer) { _ in await link.drained() }
    #expect(peer.received.map(\.id) == ["m1"])
    #expect(link.pendingCount == 0)
  }

  @Test("a newer version replaces one that has not been sent")
  func coalesces() async throws {
    let link = MessageLink()
    link.enqueue(item("object", 1, id: "m1"))
    guard case .replaced(let old) = link.enqueue(item("object", 2, id: "m2")) else {
      Issue.record("the older version still waits")
      return
    }
    #expect(old.message.id == "m1")
    #expect(link.enqueue(item("object", 1, id: "m3")) == .stale)
    let peer = Peer()
    try await withServedLink(link, peer: peer) { _ in await link.drained() }
    #expect(peer.received.map(\.id) == ["m2"])
  }

  @Test("a full outbox refuses and takes more after acknowledgements have come")
  func bounded() async throws {
    var configuration = MessageLink.Configuration()
    configuration.outbox = OutboxConfiguration(maximumPending: 2)
    let link = MessageLink(configuration: configuration)
    #expect(link.enqueue(item("a", 1)) == .queued)
    #expect(link.enqueue(item("b", 1)) == .queued)
    #expect(link.enqueue(item("c", 1)) == .refused)
    try await withServedLink(link, peer: Peer()) { _ in
      await link.drained()
      #expect(link.enqueue(item("c", 1)) == .queued)
      await link.drained()
    }
  }

  @Test("a refusal is tried again after its delay, and given up when the verdict says so")
  func verdicts() async throws {
    for (verdict, transmissions) in [(MessageLink.Verdict.retry(after: .milliseconds(5)), 3), (.givenUp, 1)] {
      let link = MessageLink()
      let peer = Peer(refusals: 2)
      let judge: Judge = { _, answer in answer.operation == .error ? verdict : .accepted }
      try await withServedLink(link, peer: peer, answered: judge) { _ in
        link.enqueue(item("object", 1, id: "m1"))
        await link.drained()
      }
      #expect(peer.received.map(\.id) == Array(repeating: "m1", count: transmissions))
    }
  }

  @Test("an unanswered message is sent again under the same id while the connection lasts")
  func retransmits() async throws {
    var configuration = MessageLink.Configuration()
    configuration.outbox = OutboxConfiguration(retransmitAfter: .milliseconds(10))
    let link = MessageLink(configuration: configuration)
    let peer = Peer(ignores: 1)
    try await withServedLink(link, peer: peer) { _ in
      link.enqueue(item("object", 1, id: "m1"))
      await link.drained()
    }
    #expect(peer.received.count >= 2 && Set(peer.received.map(\.id)) == ["m1"])
    #expect(link.counters.retransmitted >= 1)
  }

  @Test("an item that needs no acknowledgement is written once, and drained only afterwards")
  func withoutAcknowledgement() async throws {
    let link = MessageLink()
    let peer = Peer(acknowledges: false)
    try await withServedLink(link, peer: peer, capacity: 1) { _ in
      for index in 1...20 { link.enqueue(DeliveryItem(message: message("n\(index)"), needsAcknowledgement: false)) }
      await link.drained()
      try await link.sendNow(message("last"))
      try await eventually { peer.received.count == 21 }
    }
    #expect(peer.received.map(\.id) == (1...20).map { "n\($0)" } + ["last"])
  }

  // MARK: Requests

  @Test("an answer that is there before the sender looks again finds its request")
  func fastAnswers() async throws {
    let link = MessageLink()
    try await withServedLink(link, peer: Peer()) { _ in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<200 {
          group.addTask {
            let answer = try await link.request(message("q\(index)"), within: .seconds(30))
            #expect(answer.parentID == "q\(index)")
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("a request fails by its reason: no connection, no answer in time, connection lost, task cancelled, too many")
  func requestFailures() async throws {
    var configuration = MessageLink.Configuration()
    configuration.maximumRequests = 1
    let link = MessageLink(configuration: configuration)
    #expect(await code { try await link.request(message("q0"), within: .seconds(1)) } == .unreachable)
    #expect(await code { try await link.sendNow(message("q0")) } == .unreachable)

    try await withServedLink(link, peer: Peer(acknowledges: false)) { connection in
      #expect(await code { try await link.request(message("q1"), within: .milliseconds(5)) } == .timedOut)

      let cancelled = Task { await code { try await link.request(message("q2"), within: .seconds(60)) } }
      try await eventually { link.waitingRequests == 1 }
      #expect(await code { try await link.request(message("q3"), within: .seconds(60)) } == .refused)
      cancelled.cancel()
      #expect(await cancelled.value == .cancelled)
      #expect(link.waitingRequests == 0)

      let lost = Task { await code { try await link.request(message("q4"), within: .seconds(60)) } }
      try await eventually { link.waitingRequests == 1 }
      connection.breakLink()
      #expect(await lost.value == .connectionLost)
    }
    #expect(link.waitingRequests == 0)
  }

  @Test("an answer that comes too late is handed on like any other message")
  func lateAnswer() async throws {
    let link = MessageLink()
    let (local, remote) = InMemoryConnection.pair()
    let handed = Mutex<[String]>([])
    async let serving: Void = link.serve(local) { message in handed.withLock { $0.append(message.parentID) } }
    try await eventually { link.isConnected }
    #expect(await code { try await link.request(message("q1"), within: .milliseconds(1)) } == .timedOut)
    try await remote.send(answer(to: message("q1")))
    try await eventually { handed.withLock { $0 } == ["q1"] }
    await remote.close()
    try await serving
  }

  // MARK: The life of a connection

  @Test("serving returns when the peer closed in good order and throws when the link was lost")
  func endings() async throws {
    let link = MessageLink()
    let (local, remote) = InMemoryConnection.pair()
    await remote.close()
    try await link.serve(local) { _ in }
    let (other, far) = InMemoryConnection.pair()
    far.breakLink()
    #expect(await code { try await link.serve(other) { _ in } } == .connectionLost)
  }

  @Test("what the peer sent before it closed is read, even when writing notices the close first")
  func readsBeforeClose() async throws {
    for _ in 0..<50 {
      let link = MessageLink()
      let (local, remote) = InMemoryConnection.pair()
      link.enqueue(item("object", 1))
      for index in 0..<10 { try await remote.send(message("m\(index)")) }
      await remote.close()
      let handed = Mutex(0)
      try await link.serve(local) { _ in
        await Task.yield()
        handed.withLock { $0 += 1 }
      }
      #expect(handed.withLock { $0 } == 10)
    }
  }

  @Test("waiting for the outbox ends with the connection, with the task, and at once without a connection")
  func drainedEnds() async throws {
    let link = MessageLink()
    link.enqueue(item("object", 1))
    await link.drained()
    try await withServedLink(link, peer: Peer(acknowledges: false)) { connection in
      let cancelled = Task { await link.drained() }
      try? await Task.sleep(for: .milliseconds(2))
      cancelled.cancel()
      await cancelled.value
      #expect(link.pendingCount == 1)
      let waiting = Task { await link.drained() }
      try? await Task.sleep(for: .milliseconds(2))
      connection.breakLink()
      await waiting.value
    }
    #expect(link.pendingCount == 1)
  }

  @Test("a cancelled task stops serving and what was on its way waits for the next connection")
  func cancelledServing() async throws {
    let link = MessageLink()
    let (local, remote) = InMemoryConnection.pair()
    link.enqueue(item("object", 1))
    let serving = Task { try? await link.serve(local) { _ in } }
    var inbound = remote.inbound.makeAsyncIterator()
    _ = try await inbound.next()
    serving.cancel()
    await serving.value
    #expect(!link.isConnected && link.pendingCount == 1)
    #expect(try await inbound.next() == nil, "the connection was closed")
  }

  // MARK: Stress

  @Test("whatever the links do, the newest version of each object arrives, and no older one after a newer one")
  func stress() async throws {
    let seed = SystemEntropy().next() >> 16
    for seed in seed..<seed + 12 {
      let entropy = SeededEntropy(seed: seed)
      var configuration = MessageLink.Configuration()
      configuration.outbox = OutboxConfiguration(window: 4, maximumPending: 64, retransmitAfter: .milliseconds(3))
      let link = MessageLink(configuration: configuration)
      let peer = Peer(entropy: entropy)
      async let production = produce(into: link, entropy: entropy)
      for _ in 0..<20 {
        let (local, remote) = InMemoryConnection.pair(capacity: 1 + Int(entropy.next(below: 8)))
        async let peering: Void = peer.run(remote)
        async let breaking: Void = {
          try? await Task.sleep(for: .microseconds(Int64(entropy.next(below: 3000))))
          if entropy.next(below: 3) == 0 { await remote.close() } else { remote.breakLink() }
        }()
        try? await link.serve(local) { _ in }
        await breaking
        await peering
      }
      let newest = await production
      peer.entropy.withLock { $0 = nil }
      try await withServedLink(link, peer: peer) { _ in await link.drained() }
      #expect(link.pendingCount == 0, "seed \(seed)")
      #expect(peer.newest == newest, "seed \(seed)")
      #expect(peer.isInOrder, "seed \(seed)")
    }
    print("message link stress: 12 seeds from \(seed)")
  }

  private func produce(into link: MessageLink, entropy: SeededEntropy) async -> [String: UInt64] {
    var newest: [String: UInt64] = [:]
    for index in 0..<400 {
      let key = "object-\(entropy.next(below: 9))"
      let version = (newest[key] ?? 0) + 1
      if link.enqueue(item(key, version, id: "s\(index)")) != .refused { newest[key] = version }
      if entropy.next(below: 4) == 0 { try? await Task.sleep(for: .microseconds(Int64(entropy.next(below: 300)))) }
    }
    return newest
  }
}

// MARK: Both ends

/// The far end of a link: records what it applies and answers, or refuses, ignores and forgets to.
private final class Peer: Sendable {
  private struct State {
    var received: [EdgeMessage] = []
    var newest: [String: UInt64] = [:]
    var isInOrder = true
    var refusals: Int
    var ignores: Int
  }

  private let acknowledges: Bool
  private let state: Mutex<State>
  /// With it the peer answers late or never, as it likes.
  let entropy: Mutex<SeededEntropy?>

  init(acknowledges: Bool = true, refusals: Int = 0, ignores: Int = 0, entropy: SeededEntropy? = nil) {
    self.acknowledges = acknowledges
    self.entropy = Mutex(entropy)
    state = Mutex(State(refusals: refusals, ignores: ignores))
  }

  var received: [EdgeMessage] { state.withLock { $0.received } }
  var newest: [String: UInt64] { state.withLock { $0.newest } }
  var isInOrder: Bool { state.withLock { $0.isInOrder } }

  func run(_ connection: InMemoryConnection) async {
    do {
      for try await message in connection.inbound {
        guard acknowledges, let reply = take(message) else {
          if !acknowledges { _ = take(message) }
          continue
        }
        try await connection.send(reply)
      }
    } catch {}
  }

  private func take(_ message: EdgeMessage) -> EdgeMessage? {
    let dice = entropy.withLock { $0?.next(below: 10) }
    return state.withLock { state in
      state.received.append(message)
      if let version = UInt64(message.header.resourceVersion) {
        if version < state.newest[message.resource] ?? 0 { state.isInOrder = false }
        state.newest[message.resource] = max(version, state.newest[message.resource] ?? 0)
      }
      if dice == 0 { return nil }
      if state.ignores > 0 {
        state.ignores -= 1
        return nil
      }
      if state.refusals > 0 {
        state.refusals -= 1
        return message.refusal(id: UniqueID(from: SystemEntropy()), timestamp: epoch, text: "not now")
      }
      return answer(to: message)
    }
  }
}

private typealias Judge = @Sendable (DeliveryItem, EdgeMessage) async -> MessageLink.Verdict

/// Serves `link` over a fresh connection to `peer` while `body` runs.
private func withServedLink(
  _ link: MessageLink, peer: Peer, capacity: Int = 64,
  answered: @escaping Judge = { _, _ in .accepted },
  _ body: (InMemoryConnection) async throws -> Void
) async throws {
  let (local, remote) = InMemoryConnection.pair(capacity: capacity)
  async let peering: Void = peer.run(remote)
  async let serving: Void = {
    try? await link.serve(local, answered: answered) { _ in }
  }()
  try await eventually { link.isConnected }
  try await body(remote)
  await remote.close()
  await serving
  await peering
}

private let epoch = Timestamp(millisecondsSinceEpoch: 0)

private func message(_ id: String, resource: String = "", version: UInt64? = nil) -> EdgeMessage {
  EdgeMessage(
    header: MessageHeader(id: id, timestampMilliseconds: 0, resourceVersion: version.map(String.init) ?? ""),
    route: MessageRoute(resource: resource))
}

private func item(_ key: String, _ version: UInt64, id: String? = nil) -> DeliveryItem {
  DeliveryItem(
    objectKey: key, version: version, message: message(id ?? "\(key)-\(version)", resource: key, version: version))
}

private func answer(to message: EdgeMessage) -> EdgeMessage {
  message.ack(id: UniqueID(from: SystemEntropy()), timestamp: epoch)
}

private func code<Result>(_ body: () async throws -> Result) async -> TransportError.Code? {
  do {
    _ = try await body()
    return nil
  } catch {
    return (error as? TransportError)?.code
  }
}

/// Waits until `condition` holds; fails after ten seconds.
private func eventually(_ condition: () -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(10)
  while !condition() {
    try #require(ContinuousClock.now < deadline, "the condition did not come true")
    try await Task.sleep(for: .milliseconds(1))
  }
}
