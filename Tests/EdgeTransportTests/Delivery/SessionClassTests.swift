import EdgePrimitives
import Testing

@testable import EdgeTransport

@Suite("session classes")
struct SessionClassTests {
  private func outbox(isJournaled: Bool = false) -> Outbox {
    var configuration = OutboxConfiguration()
    configuration[.objects].persistence = .session
    var outbox = Outbox(configuration: configuration, isJournaled: isJournaled)
    outbox.restore(OutboxRecords())
    return outbox
  }

  private func item(_ id: String, _ object: String, _ deliveryClass: DeliveryClass) -> DeliveryItem {
    DeliveryItem(
      objectKey: object, version: nil,
      message: EdgeMessage(
        header: MessageHeader(id: id, timestampMilliseconds: 7), route: MessageRoute(resource: object)),
      deliveryClass: deliveryClass)
  }

  @Test("items of a session class end with the connection, on their way or not; others stay")
  func end() {
    var outbox = outbox()
    _ = outbox.enqueue(item("a", "x", .objects))
    _ = outbox.enqueue(item("c", "z", .events))
    #expect(outbox.nextToSend(now: .zero).map(\.id) == ["a", "c"])
    _ = outbox.enqueue(item("b", "y", .objects))
    _ = outbox.enqueue(item("a2", "x", .objects))
    outbox.connectionLost()
    #expect(outbox.nextToSend(now: .zero).map(\.id) == ["c"])
    #expect(outbox.counters.ended == 3 && outbox.pendingCount == 1)
    // A late answer to what has ended is an answer to nothing.
    #expect(outbox.acknowledged(parentID: "a") == nil)
    outbox.acknowledged(parentID: "c")
    #expect(outbox.isEmpty && outbox.pendingBytes == 0)
    _ = outbox.enqueue(item("d", "x", .objects))
    #expect(outbox.nextToSend(now: .zero).map(\.id) == ["d"])
  }

  @Test("items of a session class are never written")
  func unwritten() {
    var outbox = outbox(isJournaled: true)
    _ = outbox.enqueue(item("a", "x", .objects))
    #expect(outbox.nextWrites(now: .zero) == nil)
    #expect(outbox.nextToSend(now: .zero).map(\.id) == ["a"])
    #expect(outbox.isJournalQuiet)
  }

  @Test("a refused item of a session class that waits for its time ends too")
  func deferred() {
    var outbox = outbox()
    _ = outbox.enqueue(item("a", "x", .objects))
    _ = outbox.nextToSend(now: .zero)
    outbox.rejected(parentID: "a", retryAt: .seconds(5))
    outbox.connectionLost()
    #expect(outbox.isEmpty && outbox.nextDeadline == nil)
    #expect(outbox.nextToSend(now: .seconds(6)).isEmpty)
  }

  @Test("held classes wait, restored and returned items among them; released they go in the order they came")
  func hold() {
    var outbox = outbox()
    outbox.setHeld([.events, .commands])
    _ = outbox.enqueue(item("a", "x", .events))
    _ = outbox.enqueue(item("b", "y", .objects))
    _ = outbox.enqueue(item("c", "z", .events))
    #expect(outbox.nextToSend(now: .zero).map(\.id) == ["b"])
    outbox.setHeld([])
    #expect(outbox.nextToSend(now: .zero).map(\.id) == ["a", "c"])
    outbox.setHeld([.events])
    outbox.connectionLost()
    #expect(outbox.nextToSend(now: .zero).isEmpty)
    outbox.setHeld([.commands])
    #expect(outbox.nextToSend(now: .zero).map(\.id) == ["a", "c"])
  }

  @Test("what waits is discarded with its records; the oldest pending message tells its time")
  func discard() {
    var outbox = outbox(isJournaled: true)
    _ = outbox.enqueue(item("a", "x", .commands))
    _ = outbox.enqueue(item("b", "x", .commands))
    #expect(outbox.oldestTimestampMilliseconds == 7)
    guard let batch = outbox.nextWrites(now: .zero) else {
      Issue.record("nothing to write")
      return
    }
    outbox.written(batch.number)
    outbox.discardWaiting()
    #expect(outbox.pendingCount == 0 && !outbox.isJournalQuiet && outbox.oldestTimestampMilliseconds == nil)
    let removal = outbox.nextWrites(now: .zero)
    #expect(removal?.operations.contains { if case .deleteRange = $0 { true } else { false } } == true)
    outbox.written(removal?.number ?? 0)
    #expect(outbox.isJournalQuiet && outbox.isEmpty)
  }

  @Test("waiting for classes ends when those are empty, whatever else waits")
  func drained() async {
    var configuration = MessageLink.Configuration()
    configuration.outbox[.objects].persistence = .session
    let link = MessageLink(configuration: configuration)
    link.hold([.commands])
    link.enqueue(item("c", "x", .commands))
    let (one, other) = InMemoryConnection.pair()
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await link.serve(one) { _ in } }
      while !link.isConnected { await Task.yield() }
      link.enqueue(item("a", "x2", .objects))
      var inbound = other.inbound.makeAsyncIterator()
      let message = try? await inbound.next()
      #expect(message?.id == "a")
      link.confirm(messageID: "a")
      await link.drained(of: [.objects, .twin])
      #expect(link.pendingCount == 1 && link.pending(of: .commands).count == 1)
      await other.close()
    }
  }

  @Test("what was enqueued before the journal was read stays behind what was in it, also after a lost connection")
  func enqueuedBeforeRestore() throws {
    var first = Outbox(isJournaled: true)
    first.restore(OutboxRecords())
    _ = first.enqueue(item("old", "x", .commands))
    var records = OutboxRecords()
    for operation in first.nextWrites(now: .zero)?.operations ?? [] {
      if case .put(let key, let value) = operation { try records.read(key: key, value: value) }
    }
    var second = Outbox(isJournaled: true)
    _ = second.enqueue(item("new", "x", .commands))
    second.restore(records)
    second.written(second.nextWrites(now: .zero)?.number ?? 0)
    #expect(second.nextToSend(now: .zero).map(\.id) == ["old"])
    second.connectionLost()
    #expect(second.nextToSend(now: .zero).map(\.id) == ["old"])
    second.acknowledged(parentID: "old")
    #expect(second.nextToSend(now: .zero).map(\.id) == ["new"])
  }
}
