import EdgePrimitives
import EdgeTestKit
import Testing

@testable import EdgeTransport

@Suite("delivery throughput")
struct DeliveryThroughputTests {
  /// One sender, one receiver, a line of 50 ms each way, disks of 5 ms at both ends, in steps of one millisecond.
  private struct Line {
    var outbox: Outbox
    var inbox = Inbox()
    let session: UInt64
    var now = Duration.zero
    var down: [(due: Duration, messages: [EdgeMessage])] = []
    var up: [(due: Duration, ids: [String])] = []
    var writing: (due: Duration, batch: UInt64)?
    var effects: (due: Duration, ids: [String])?
    var arrived: [EdgeMessage] = []
    var produced = 0
    var acknowledged = 0

    init() {
      var configuration = OutboxConfiguration(maximumWindow: 3200)
      configuration[.events].retention = .all(maximumBytes: 64 << 20)
      outbox = Outbox(configuration: configuration, isJournaled: true)
      outbox.restore(OutboxRecords())
      session = inbox.beginSession()
    }

    mutating func step() {
      now += .milliseconds(1)
      while outbox.pendingCount < 5000 {
        produced += 1
        let message = EdgeMessage(
          header: MessageHeader(id: "m\(produced)", timestampMilliseconds: 0),
          route: MessageRoute(resource: "object-\(produced % 50)"))
        _ = outbox.enqueue(
          DeliveryItem(objectKey: message.resource, version: nil, message: message, deliveryClass: .events))
      }
      if let (due, batch) = writing, due <= now {
        outbox.written(batch)
        writing = nil
      }
      if writing == nil, let batch = outbox.nextWrites(now: now) { writing = (now + .milliseconds(5), batch.number) }
      while case let batch = outbox.nextToSend(now: now), !batch.isEmpty {
        down.append((now + .milliseconds(50), batch))
      }
      while let first = down.first, first.due <= now { arrived += down.removeFirst().messages }
      if let (due, ids) = effects, due <= now {
        up.append((now + .milliseconds(50), ids))
        effects = nil
      }
      if effects == nil && !arrived.isEmpty {
        let identities = arrived.map { IncomingIdentity($0) }
        for identity in identities {
          #expect(inbox.admit(identity, session: session) == .apply)
          inbox.applied(identity)
        }
        _ = inbox.record(identities)
        effects = (now + .milliseconds(5), arrived.map(\.id))
        arrived = []
      }
      while let first = up.first, first.due <= now {
        for id in up.removeFirst().ids where outbox.acknowledged(parentID: id) != nil { acknowledged += 1 }
      }
    }
  }

  @Test("FF-23: over a round trip of 100 ms and disks of 5 ms, 20,000 messages a second are durable and acknowledged")
  func window() {
    var line = Line()
    // From 64 on the window doubles with each round trip.
    while line.outbox.windowSize < 3200 && line.now < .seconds(2) { line.step() }
    let (before, begin) = (line.acknowledged, line.now)
    // Acknowledgements come in bursts, one for each round trip of about 106 ms.
    while line.now < begin + .milliseconds(424) { line.step() }
    let rate = Double(line.acknowledged - before) / 0.424
    #expect(rate >= 20_000, "\(rate) messages a second, window \(line.outbox.windowSize)")
    #expect(line.outbox.counters.retransmitted == 0)
  }

  @Test("FF-23: a link of 40 ms delivers hundreds of messages in the time of a few round trips")
  func overARealLine() async throws {
    let link = MessageLink()
    let (local, remote) = DelayedConnection.pair(delay: .milliseconds(20))
    let peer = Task {
      for try await message in remote.inbound {
        try await remote.send(
          message.ack(id: UniqueID(rawValue: "a"), timestamp: Timestamp(nanosecondsSinceEpoch: 0)))
      }
    }
    let serving = Task { try? await link.serve(local) { _ in } }
    let clock = ContinuousClock()
    while !link.isConnected { try await clock.sleep(for: .milliseconds(1)) }
    let begin = clock.now
    for index in 0..<600 {
      let message = EdgeMessage(
        header: MessageHeader(id: "m\(index)", timestampMilliseconds: 0), route: MessageRoute(resource: "o\(index)"))
      link.enqueue(DeliveryItem(objectKey: message.resource, version: nil, message: message))
    }
    await link.drained()
    // One at a time they would take 24 seconds.
    #expect(link.counters.acknowledged == 600 && clock.now - begin < .seconds(5))
    await local.close()
    _ = await serving.value
    _ = try? await peer.value
  }
}
