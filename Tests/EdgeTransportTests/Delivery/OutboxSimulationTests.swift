import EdgePrimitives
import Testing

@testable import EdgeTransport

/// A producer, an outbox, a lossy and reordering link and a receiver, all moved by one seeded generator.
@Suite("outbox simulation")
struct OutboxSimulationTests {
  private struct World {
    let entropy: SeededEntropy
    var outbox = Outbox(
      configuration: OutboxConfiguration(window: 8, maximumPending: 40, retransmitAfter: .milliseconds(500)))
    var now = ContinuousClock.now
    var isConnected = false
    /// In order, as a stream carries them; a break loses what is in it.
    var downlink: [EdgeMessage] = []
    /// Acknowledgements may be lost and overtake each other.
    var uplink: [String] = []
    var lastID = 0
    var newest: [String: UInt64] = [:]
    var accepted: [String: UInt64] = [:]
    /// What the receiver applied, newest last.
    var applied: [String: [UInt64]] = [:]

    func chance(_ percent: UInt64) -> Bool { entropy.next(below: 100) < percent }

    mutating func produce() {
      let key = "object-\(entropy.next(below: 12))"
      let version = (newest[key] ?? 0) + 1
      lastID += 1
      let header = MessageHeader(id: "m\(lastID)", timestampMilliseconds: 0, resourceVersion: "\(version)")
      let message = EdgeMessage(header: header, route: MessageRoute(resource: key))
      switch outbox.enqueue(DeliveryItem(objectKey: key, version: version, message: message)) {
      case .queued, .replaced:
        newest[key] = version
        accepted[key] = version
      case .refused: break
      case .stale: Issue.record("a fresh version was called stale")
      }
      // A producer that repeats itself must not be able to move an object back.
      if chance(20), let known = newest[key], known > 1 {
        let again = EdgeMessage(
          header: MessageHeader(id: "r\(lastID)", timestampMilliseconds: 0, resourceVersion: "\(known - 1)"),
          route: MessageRoute(resource: key))
        #expect(outbox.enqueue(DeliveryItem(objectKey: key, version: known - 1, message: again)) == .stale)
      }
    }

    mutating func breakLink() {
      isConnected = false
      // Some of what was written had arrived, the rest is gone.
      let arrived = Int(entropy.next(below: UInt64(downlink.count + 1)))
      for message in downlink.prefix(arrived) { apply(message) }
      downlink = []
      uplink = []
      outbox.connectionLost()
    }

    mutating func apply(_ message: EdgeMessage) {
      let version = UInt64(message.header.resourceVersion) ?? 0
      let last = applied[message.resource]?.last ?? 0
      #expect(version >= last, "an older version of \(message.resource) was applied after a newer one")
      if version > last { applied[message.resource, default: []].append(version) }
    }

    mutating func step(isQuiet: Bool) {
      now = now.advanced(by: .milliseconds(Int64(entropy.next(below: 60))))
      if !isQuiet, chance(40) { produce() }
      if isConnected {
        downlink += outbox.nextToSend(now: now)
        if !isQuiet, chance(3) { return breakLink() }
      } else if isQuiet || chance(15) {
        isConnected = true
      }
      while !downlink.isEmpty, chance(70) {
        let message = downlink.removeFirst()
        apply(message)
        if isQuiet || !chance(10) { uplink.append(message.id) }
      }
      while !uplink.isEmpty, chance(70) {
        let id = uplink.remove(at: Int(entropy.next(below: UInt64(uplink.count))))
        _ = outbox.acknowledged(parentID: id)
        if chance(10) { _ = outbox.acknowledged(parentID: id) }
      }
      #expect(outbox.inFlightCount <= 8 && outbox.pendingCount <= 40)
    }
  }

  @Test("whatever the link does, every object's newest accepted version arrives and none goes back")
  func simulation() {
    let base = SystemEntropy().next() >> 16
    for seed in base..<base + 200 {
      var world = World(entropy: SeededEntropy(seed: seed))
      for _ in 0..<600 { world.step(isQuiet: false) }
      for _ in 0..<2000 where !world.outbox.isEmpty { world.step(isQuiet: true) }
      #expect(world.outbox.isEmpty && world.outbox.pendingBytes == 0, "seed \(seed): the outbox did not drain")
      for (key, version) in world.accepted {
        #expect(world.applied[key]?.last == version, "seed \(seed): \(key)")
      }
    }
    print("outbox simulation: 200 seeds from \(base)")
  }
}
