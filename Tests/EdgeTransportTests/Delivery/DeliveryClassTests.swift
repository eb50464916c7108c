import Testing

@testable import EdgeTransport

/// Transcripts of what classes, priorities, the window and the journal of an outbox do.
@Suite("delivery classes")
struct DeliveryClassTests {
  private func item(
    _ key: String, _ version: UInt64? = nil, id: String, _ deliveryClass: DeliveryClass, bytes: Int = 1
  ) -> DeliveryItem {
    DeliveryItem(
      objectKey: key, version: version,
      message: EdgeMessage(
        header: MessageHeader(id: id, timestampMilliseconds: 0), route: MessageRoute(),
        content: MessageContent(json: Array(repeating: 0x31, count: bytes))),
      deliveryClass: deliveryClass)
  }

  private func sent(_ outbox: inout Outbox, _ seconds: Double = 0) -> [String] {
    var ids: [String] = []
    while case let batch = outbox.nextToSend(now: .seconds(seconds)), !batch.isEmpty { ids += batch.map(\.id) }
    return ids
  }

  @Test("control goes before twins, twins before objects, objects before bulk, whatever came first")
  func priorities() {
    var outbox = Outbox()
    _ = outbox.enqueue(item("r", id: "reading", .readings))
    _ = outbox.enqueue(item("e", id: "event", .events))
    _ = outbox.enqueue(item("o", id: "object", .objects))
    _ = outbox.enqueue(item("t", id: "twin", .twin))
    _ = outbox.enqueue(item("c", id: "lease", .control))
    #expect(sent(&outbox) == ["lease", "twin", "object", "reading", "event"])
  }

  @Test("a full window of bulk does not delay control by a round trip")
  func controlBesideTheWindow() {
    var outbox = Outbox(configuration: OutboxConfiguration(window: 2))
    for index in 1...4 { _ = outbox.enqueue(item("e\(index)", id: "e\(index)", .events)) }
    #expect(sent(&outbox) == ["e1", "e2"])
    _ = outbox.enqueue(item("c", id: "lease", .control))
    #expect(sent(&outbox) == ["lease"])
  }

  @Test("a class that keeps all refuses beyond its bytes, and only itself")
  func keepAll() {
    var configuration = OutboxConfiguration()
    configuration[.events].retention = .all(maximumBytes: 600)
    var outbox = Outbox(configuration: configuration)
    #expect(outbox.enqueue(item("e", id: "e1", .events)) == .queued)
    #expect(outbox.enqueue(item("e", id: "e2", .events)) == .queued)
    #expect(outbox.enqueue(item("e", id: "e3", .events)) == .refused)
    #expect(outbox.enqueue(item("o", id: "o1", .objects)) == .queued)
    #expect(outbox.counters(of: .events).refused == 1 && outbox.counters(of: .objects).refused == 0)
    #expect(outbox.pending(of: .events).count == 2)
    #expect(sent(&outbox) == ["o1", "e1", "e2"])
    outbox.acknowledged(parentID: "e1")
    #expect(outbox.enqueue(item("e", id: "e3", .events)) == .queued)
  }

  @Test("FF-22: a class that drops loses its oldest unsent items, and says how many")
  func dropOldest() {
    var configuration = OutboxConfiguration(window: 1, maximumWindow: 1)
    configuration[.readings].retention = .dropOldest(maximumBytes: 1000)
    var outbox = Outbox(configuration: configuration)
    for index in 1...3 { _ = outbox.enqueue(item("r\(index % 2)", id: "r\(index)", .readings)) }
    #expect(outbox.nextToSend(now: .zero).map(\.id) == ["r1"])
    for index in 4...6 { #expect(outbox.enqueue(item("r\(index % 2)", id: "r\(index)", .readings)) == .queued) }
    let counters = outbox.counters(of: .readings)
    #expect(counters.enqueued == 6 && counters.dropped == 3)
    // What is on its way is not dropped; after a break it is the oldest that waits.
    outbox.connectionLost()
    #expect(outbox.nextToSend(now: .zero).map(\.id) == ["r1"])
    outbox.acknowledged(parentID: "r1")
    #expect(outbox.nextToSend(now: .zero).map(\.id) == ["r6"])
    outbox.acknowledged(parentID: "r6")
    #expect(outbox.nextToSend(now: .zero).map(\.id) == ["r5"])
    // An item that can never fit is refused, and costs nobody his place.
    #expect(outbox.enqueue(item("r", id: "huge", .readings, bytes: 2000)) == .refused)
    outbox.acknowledged(parentID: "r5")
    #expect(outbox.isEmpty && outbox.pendingBytes == 0)
    #expect(counters.enqueued == counters.dropped + 3)
  }

  @Test(
    "a node that is away for long holds what its bounds say, however many readings of however many sensors it drops")
  func longOffline() {
    var configuration = OutboxConfiguration()
    configuration[.readings].retention = .dropOldest(maximumBytes: 3000)
    var outbox = Outbox(configuration: configuration)
    for index in 0..<3000 { _ = outbox.enqueue(item("sensor-\(index)", id: "r\(index)", .readings)) }
    #expect(outbox.pendingCount == outbox.slots.count && outbox.pendingBytes <= 3000)
    #expect(outbox.lanes[3].count <= 200 && outbox.droppable[4].count <= 200 && outbox.entries.count <= 20)
    #expect(sent(&outbox).last == "r2999")
  }

  @Test("an outbox full of bulk still takes a sign of life")
  func controlReserve() {
    var outbox = Outbox(configuration: OutboxConfiguration(maximumPending: 2))
    for index in 1...2 { _ = outbox.enqueue(item("e\(index)", id: "e\(index)", .events)) }
    #expect(outbox.enqueue(item("o", id: "o", .objects)) == .refused)
    #expect(outbox.enqueue(item("lease", id: "lease", .control)) == .queued)
    #expect(outbox.enqueue(item("other", id: "other", .control)) == .refused)
  }

  @Test("FF-23: the window grows by what is acknowledged, halves with a loss, and is bounded in bytes")
  func window() {
    var outbox = Outbox(configuration: OutboxConfiguration(window: 4, maximumWindow: 20, maximumInFlightBytes: 10_000))
    for index in 1...100 { _ = outbox.enqueue(item("e\(index)", id: "e\(index)", .events)) }
    var flight = sent(&outbox)
    #expect(flight.count == 4)
    for id in flight { outbox.acknowledged(parentID: id) }
    flight = sent(&outbox)
    #expect(flight.count == outbox.windowSize && flight.count == 8)
    for _ in 0..<3 {
      for id in flight { outbox.acknowledged(parentID: id) }
      flight = sent(&outbox)
    }
    #expect(outbox.windowSize == 20)
    outbox.connectionLost()
    #expect(outbox.windowSize == 10)
    #expect(sent(&outbox) == Array(flight.prefix(10)))
    var large = Outbox(configuration: OutboxConfiguration(maximumInFlightBytes: 1500))
    for index in 1...3 { _ = large.enqueue(item("e\(index)", id: "e\(index)", .events, bytes: 1000)) }
    #expect(sent(&large) == ["e1"], "one goes whatever its size")
  }

  @Test("several items of one object are on their way at once; a refusal begins again with the oldest, in order")
  func pipelining() {
    var outbox = Outbox()
    for index in 1...4 { _ = outbox.enqueue(item("e", id: "e\(index)", .events)) }
    #expect(sent(&outbox) == ["e1", "e2", "e3", "e4"])
    outbox.acknowledged(parentID: "e1")
    outbox.rejected(parentID: "e2", retryAt: .seconds(1))
    _ = outbox.enqueue(item("e", id: "e5", .events))
    #expect(sent(&outbox, 2) == [], "e3 and e4 are not answered yet")
    outbox.rejected(parentID: "e3", retryAt: .seconds(2))
    outbox.rejected(parentID: "e4", retryAt: .seconds(2))
    #expect(sent(&outbox, 2) == ["e2", "e3", "e4", "e5"])
    // Unanswered, the object is repeated from its oldest; nothing of it is left out.
    outbox.acknowledged(parentID: "e2")
    #expect(sent(&outbox, 8) == ["e3", "e4", "e5"])
    // An item with a version goes alone.
    _ = outbox.enqueue(item("v", 1, id: "v1", .events))
    _ = outbox.enqueue(item("v", 2, id: "v2", .events))
    #expect(sent(&outbox, 8) == ["v1"])
  }

  @Test("two items under one message id are one")
  func sameID() {
    var outbox = Outbox()
    _ = outbox.enqueue(item("a", id: "m", .events))
    _ = outbox.enqueue(item("b", id: "m", .events))
    #expect(sent(&outbox) == ["m"])
    outbox.acknowledged(parentID: "m")
    #expect(outbox.isEmpty && outbox.counters.stale == 1)
  }

  // MARK: Journal

  private func journaled() -> Outbox {
    var outbox = Outbox(isJournaled: true)
    outbox.restore(OutboxRecords())
    return outbox
  }

  private func reopened(_ batches: [JournalBatch?]) throws -> Outbox {
    var content: [[UInt8]: [UInt8]] = [:]
    for operation in batches.compactMap({ $0?.operations }).joined() {
      switch operation {
      case .put(let key, let value): content[key] = value
      case .delete(let key): content[key] = nil
      case .deleteRange(let from, let until):
        content = content.filter { $0.key.lexicographicallyPrecedes(from) || !$0.key.lexicographicallyPrecedes(until) }
      }
    }
    var records = OutboxRecords()
    for (key, value) in content { try records.read(key: key, value: value) }
    var outbox = Outbox(isJournaled: true)
    outbox.restore(records)
    return outbox
  }

  @Test("nothing durable is sent before it is written, and a newer version does not hold up the written one for ever")
  func writeAhead() {
    var outbox = journaled()
    _ = outbox.enqueue(item("a", 1, id: "a1", .objects))
    let first = outbox.nextWrites(now: .zero)
    #expect(first?.operations.count == 1)
    #expect(sent(&outbox) == [] && outbox.nextWrites(now: .zero) == nil)
    _ = outbox.enqueue(item("a", 2, id: "a2", .objects))
    _ = outbox.enqueue(item("a", 3, id: "a3", .objects))
    outbox.written(first?.number ?? 0)
    #expect(sent(&outbox) == ["a1"])
    let second = outbox.nextWrites(now: .zero)
    #expect(second?.operations.count == 1, "a2 was never written")
    outbox.written(second?.number ?? 0)
    outbox.acknowledged(parentID: "a1")
    #expect(sent(&outbox) == ["a3"])
  }

  @Test("a restart at any batch finds what was written, in order, less what was removed")
  func restarts() throws {
    var outbox = journaled()
    for index in 1...3 { _ = outbox.enqueue(item("e", id: "e\(index)", .events)) }
    _ = outbox.enqueue(item("a", 1, id: "a1", .objects))
    var batches = [outbox.nextWrites(now: .zero)]
    #expect(batches[0]?.operations.count == 2, "three events are one segment")
    outbox.written(1)
    _ = outbox.enqueue(item("a", 2, id: "a2", .objects))
    batches.append(outbox.nextWrites(now: .zero))
    outbox.written(2)
    var again = try reopened(batches)
    #expect(sent(&again) == ["a2", "e1", "e2", "e3"])
    #expect(again.enqueue(item("a", 2, id: "late", .objects)) == .stale)
    _ = sent(&outbox)
    for id in ["a2", "e1", "e2"] { outbox.acknowledged(parentID: id) }
    #expect(outbox.nextWrites(now: .zero) == nil)
    batches.append(outbox.nextWrites(now: .seconds(2)))
    outbox.written(3)
    again = try reopened(batches)
    #expect(sent(&again) == ["e1", "e2", "e3"], "a segment lives as long as its last item")
    outbox.acknowledged(parentID: "e3")
    #expect(outbox.nextWrites(now: .seconds(4)) == nil)
    batches.append(outbox.nextWrites(now: .seconds(6)))
    again = try reopened(batches)
    #expect(again.isEmpty)
  }

  @Test("an item that was given up is off the disk before anything after it goes, so it never comes back late")
  func givingUp() throws {
    var outbox = journaled()
    for index in 1...3 { _ = outbox.enqueue(item("e", id: "e\(index)", .events)) }
    _ = outbox.enqueue(item("other", id: "o1", .events))
    var batches = [outbox.nextWrites(now: .zero)]
    outbox.written(1)
    #expect(sent(&outbox) == ["e1", "o1", "e2", "e3"])
    outbox.rejected(parentID: "e1", retryAt: nil)
    outbox.rejected(parentID: "e2", retryAt: .zero)
    outbox.rejected(parentID: "e3", retryAt: .zero)
    #expect(sent(&outbox, 1) == [])
    batches.append(outbox.nextWrites(now: .seconds(1)))
    #expect(sent(&outbox, 1) == [])
    outbox.written(2)
    #expect(sent(&outbox, 1) == ["e2", "e3"])
    var again = try reopened(batches)
    #expect(sent(&again) == ["e2", "o1", "e3"] || sent(&again) == ["e2", "e3", "o1"] || again.pendingCount == 3)
    #expect(again.itemInFlight(messageID: "e1") == nil)
  }

  @Test("bytes that are no journal are refused in bounded time, and take nobody's place")
  func damage() throws {
    var outbox = journaled()
    _ = outbox.enqueue(item("e", id: "e1", .events))
    _ = outbox.enqueue(item("a", 1, id: "a1", .objects))
    for operation in outbox.nextWrites(now: .zero)?.operations ?? [] {
      guard case .put(let key, let value) = operation else { continue }
      // The line feed behind the last message may be missing.
      for length in 0..<value.count - 1 {
        var records = OutboxRecords()
        #expect(throws: JournalError.self) { try records.read(key: key, value: Array(value.prefix(length))) }
        #expect(records.count == 0)
      }
      for place in value.indices {
        var damaged = value
        damaged[place] ^= 0xFF
        var records = OutboxRecords()
        try? records.read(key: key, value: damaged)
      }
    }
  }
}
