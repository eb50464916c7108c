import Testing

@testable import EdgeTransport

/// Transcripts: event == result.
@Suite("outbox")
struct OutboxTests {
  private func at(_ seconds: Double) -> Outbox.Instant { .seconds(seconds) }

  private func item(_ key: String, _ version: UInt64?, id: String? = nil, ack: Bool = true) -> DeliveryItem {
    let id = id ?? "\(key)@\(version.map(String.init) ?? "-")"
    return DeliveryItem(
      objectKey: key, version: version,
      message: EdgeMessage(header: MessageHeader(id: id, timestampMilliseconds: 0), route: MessageRoute()),
      needsAcknowledgement: ack)
  }

  private func sent(_ outbox: inout Outbox, _ seconds: Double = 0) -> [String] {
    outbox.nextToSend(now: at(seconds)).map(\.id)
  }

  @Test("items of different objects leave in the order they came, as many as the window holds")
  func window() {
    var outbox = Outbox(configuration: OutboxConfiguration(window: 2))
    for key in ["a", "b", "c"] { #expect(outbox.enqueue(item(key, 1)) == .queued) }
    #expect(sent(&outbox) == ["a@1", "b@1"])
    #expect(sent(&outbox) == [])
    #expect(outbox.acknowledged(parentID: "a@1")?.objectKey == "a")
    #expect(sent(&outbox) == ["c@1"])
    #expect(outbox.inFlightCount == 2 && outbox.waitingCount == 0)
  }

  @Test("a newer version replaces an older one that waits, in its place in the line")
  func coalescing() {
    var outbox = Outbox()
    let old = item("a", 1)
    _ = outbox.enqueue(old)
    _ = outbox.enqueue(item("b", 1))
    #expect(outbox.enqueue(item("a", 2)) == .replaced(old))
    #expect(sent(&outbox) == ["a@2", "b@1"])
  }

  @Test("a version not newer than one waiting, in flight or acknowledged is stale")
  func stale() {
    var outbox = Outbox()
    _ = outbox.enqueue(item("a", 5))
    #expect(outbox.enqueue(item("a", 5)) == .stale)
    _ = sent(&outbox)
    #expect(outbox.enqueue(item("a", 4)) == .stale)
    outbox.acknowledged(parentID: "a@5")
    #expect(outbox.enqueue(item("a", 5)) == .stale)
    #expect(outbox.enqueue(item("a", 6)) == .queued)
    #expect(outbox.counters.stale == 3)
    outbox.forgetAcknowledged()
    outbox.acknowledged(parentID: sent(&outbox)[0])
    outbox.forgetAcknowledged(objectKey: "a")
    #expect(outbox.enqueue(item("a", 1)) == .queued)
  }

  @Test("an item without a version stands above every version before it, also when it replaced one")
  func unversioned() {
    var outbox = Outbox()
    _ = outbox.enqueue(item("a", 9))
    _ = outbox.enqueue(item("a", nil, id: "delete"))
    #expect(outbox.enqueue(item("a", 8)) == .stale)
    #expect(sent(&outbox) == ["delete"])
    outbox.acknowledged(parentID: "delete")
    #expect(outbox.enqueue(item("a", 9)) == .stale)
    #expect(outbox.enqueue(item("a", 10)) == .queued)
  }

  @Test("only one message per object is in flight; the next version follows its acknowledgement")
  func perObjectOrder() {
    var outbox = Outbox()
    _ = outbox.enqueue(item("a", 1))
    #expect(sent(&outbox) == ["a@1"])
    _ = outbox.enqueue(item("a", 2))
    _ = outbox.enqueue(item("a", 3))
    #expect(sent(&outbox) == [])
    outbox.acknowledged(parentID: "a@1")
    #expect(sent(&outbox) == ["a@3"])
  }

  @Test("FF-01: after a lost connection what was in flight goes first, in its order, under its ids")
  func connectionLost() {
    var outbox = Outbox(configuration: OutboxConfiguration(window: 2))
    for key in ["a", "b", "c"] { _ = outbox.enqueue(item(key, 1)) }
    #expect(sent(&outbox) == ["a@1", "b@1"])
    outbox.connectionLost()
    #expect(outbox.inFlightCount == 0 && outbox.waitingCount == 3 && outbox.nextDeadline == nil)
    #expect(sent(&outbox) == ["a@1", "b@1"])
    // The answer to the first sending arrives late, over the old connection: the ids are the same, so it counts once.
    #expect(outbox.acknowledged(parentID: "a@1") != nil)
    #expect(outbox.acknowledged(parentID: "a@1") == nil)
    #expect(outbox.counters.unmatchedAnswers == 1)
  }

  @Test("after a lost connection an item with a newer version behind it is not sent again")
  func connectionLostCoalesces() {
    var outbox = Outbox()
    _ = outbox.enqueue(item("a", 1))
    _ = outbox.enqueue(item("b", 1))
    _ = sent(&outbox)
    _ = outbox.enqueue(item("c", 1))
    _ = outbox.enqueue(item("a", 2))
    outbox.connectionLost()
    #expect(sent(&outbox) == ["a@2", "b@1", "c@1"])
  }

  @Test("without an acknowledgement the same message goes out again, each time after a longer wait")
  func retransmission() {
    var outbox = Outbox()
    _ = outbox.enqueue(item("a", 1))
    #expect(sent(&outbox, 0) == ["a@1"])
    #expect(outbox.nextDeadline == at(5))
    #expect(sent(&outbox, 4.9) == [])
    #expect(sent(&outbox, 5) == ["a@1"])
    #expect(outbox.nextDeadline == at(15))
    #expect(sent(&outbox, 15) == ["a@1"])
    #expect(outbox.nextDeadline == at(35))
    #expect(outbox.counters.retransmitted == 2)
    outbox.acknowledged(parentID: "a@1")
    #expect(outbox.nextDeadline == nil && outbox.isEmpty)
  }

  @Test("a refused item is dropped, or waits for its time; a newer version does not wait with it")
  func rejection() {
    var outbox = Outbox()
    _ = outbox.enqueue(item("a", 1))
    _ = sent(&outbox)
    #expect(outbox.rejected(parentID: "a@1", retryAt: at(3)) != nil)
    #expect(sent(&outbox, 2) == [])
    #expect(outbox.nextDeadline == at(3))
    #expect(sent(&outbox, 3) == ["a@1"])
    _ = outbox.rejected(parentID: "a@1", retryAt: at(9))
    #expect(outbox.enqueue(item("a", 2)) == .replaced(item("a", 1)))
    #expect(sent(&outbox, 4) == ["a@2"])
    _ = outbox.rejected(parentID: "a@2", retryAt: nil)
    #expect(outbox.isEmpty && outbox.pendingBytes == 0 && outbox.nextDeadline == nil)
    // Given up is not acknowledged: the producer may offer it again.
    #expect(outbox.enqueue(item("a", 2)) == .queued)
  }

  @Test("a full outbox refuses new objects, takes newer versions of waiting ones, and drops nothing")
  func backpressure() {
    var outbox = Outbox(configuration: OutboxConfiguration(maximumPending: 2))
    _ = outbox.enqueue(item("a", 1))
    _ = outbox.enqueue(item("b", 1))
    #expect(outbox.enqueue(item("c", 1)) == .refused)
    #expect(outbox.enqueue(item("a", 2)) == .replaced(item("a", 1)))
    #expect(sent(&outbox) == ["a@2", "b@1"])
    #expect(outbox.enqueue(item("c", 1)) == .refused)
    outbox.acknowledged(parentID: "b@1")
    #expect(outbox.enqueue(item("c", 1)) == .queued)
    #expect(outbox.counters.refused == 2)

    var small = Outbox(configuration: OutboxConfiguration(maximumPendingBytes: item("a", 1).cost))
    #expect(small.enqueue(item("a", 1)) == .queued)
    #expect(small.enqueue(item("b", 1)) == .refused)
  }

  @Test("an item without acknowledgement is sent once and needs no place in the window")
  func withoutAcknowledgement() {
    var outbox = Outbox(configuration: OutboxConfiguration(window: 1))
    for key in ["a", "b"] { _ = outbox.enqueue(item(key, nil, id: key, ack: false)) }
    #expect(sent(&outbox) == ["a"])
    #expect(sent(&outbox) == ["b"])
    outbox.connectionLost()
    #expect(sent(&outbox) == [] && outbox.isEmpty && outbox.pendingBytes == 0)
  }

  @Test("an answer to nothing that is on its way changes nothing and is counted")
  func forgedAnswers() {
    var outbox = Outbox()
    _ = outbox.enqueue(item("a", 1))
    #expect(outbox.acknowledged(parentID: "a@1") == nil)
    #expect(outbox.rejected(parentID: "x", retryAt: nil) == nil)
    #expect(outbox.waitingCount == 1 && outbox.counters.unmatchedAnswers == 2)
  }

  @Test("the memory of acknowledged versions is bounded; the one recorded longest ago is forgotten")
  func boundedMemory() {
    var memory = VersionMemory(capacity: 2)
    memory.record(1, for: "a")
    memory.record(1, for: "b")
    memory.record(2, for: "a")
    memory.record(1, for: "c")
    #expect(memory["a"] == 2 && memory["b"] == nil && memory["c"] == 1)
    for version in 3..<1000 { memory.record(UInt64(version), for: "a") }
    #expect(memory.count == 2 && memory["c"] == 1)
  }
}
