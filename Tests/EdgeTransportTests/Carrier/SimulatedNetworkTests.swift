import EdgeTestKit
import Testing

@Suite("simulated network")
struct SimulatedNetworkTests {
  private let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 13) }

  private func everything(_ network: inout SimulatedNetwork) -> [SimulatedNetwork.Event] {
    var events: [SimulatedNetwork.Event] = []
    while let event = network.next(until: .seconds(1000)) { events.append(event) }
    return events
  }

  private func received(_ events: [SimulatedNetwork.Event]) -> [UInt8] {
    events.flatMap { event in
      if case .received(_, at: .server, let bytes) = event { bytes } else { [UInt8]() }
    }
  }

  @Test("bytes arrive late, in pieces and in order, and a close after them")
  func order() throws {
    var network = SimulatedNetwork(seed: 1)
    guard let carrier = network.connect() else { throw NoCarrier() }
    for start in stride(from: 0, to: bytes.count, by: 700) {
      network.send(Array(bytes[start..<min(start + 700, bytes.count)]), on: carrier, from: .client)
    }
    network.close(carrier, from: .client)
    let events = everything(&network)
    #expect(received(events) == bytes && events.last == .closed(carrier, at: .server))
    #expect(network.bytesInFlight(on: carrier, from: .client) == 0)
  }

  @Test("a broken carrier delivers a part from the start, then the loss to each end that is told, then nothing")
  func breaks() throws {
    var told = 0
    for seed in UInt64(0)..<100 {
      var faults = SimulatedNetwork.Faults()
      faults.breaks = 300
      faults.halfOpen = 50
      var network = SimulatedNetwork(seed: seed, faults: faults)
      guard let carrier = network.connect() else { throw NoCarrier() }
      while network.breakCount == 0 { network.send(bytes, on: carrier, from: .client) }
      network.send(bytes, on: carrier, from: .client)
      network.send(bytes, on: carrier, from: .server)
      let events = everything(&network)
      let arrived = received(events)
      let whole = arrived.count / bytes.count
      #expect(arrived == Array((0...whole).flatMap { _ in bytes }.prefix(arrived.count)), "seed \(seed)")
      let losses = events.filter { $0 == .lost(carrier, at: .client) || $0 == .lost(carrier, at: .server) }
      #expect(losses.count == 1 || losses.count == 2, "seed \(seed)")
      told += losses.count
    }
    #expect((110...190).contains(told), "\(told) losses were told")
  }

  @Test("during a partition nothing arrives and nothing connects")
  func partition() throws {
    var faults = SimulatedNetwork.Faults()
    faults.partitionBreaks = 0
    faults.partitionLength = .seconds(2)...(.seconds(2))
    var network = SimulatedNetwork(seed: 3, faults: faults)
    guard let carrier = network.connect() else { throw NoCarrier() }
    network.partition()
    #expect(network.isPartitioned && network.connect() == nil)
    network.send(bytes, on: carrier, from: .client)
    #expect(network.next(until: .milliseconds(1999)) == nil)
    #expect(received(everything(&network)) == bytes)
    #expect(network.connect() != nil)
  }

  @Test("an end that crashes sees nothing more")
  func crash() throws {
    var network = SimulatedNetwork(seed: 4)
    guard let carrier = network.connect() else { throw NoCarrier() }
    network.send(bytes, on: carrier, from: .server)
    network.crash(carrier, at: .client)
    #expect(everything(&network) == [.lost(carrier, at: .server)])
  }

  private struct NoCarrier: Error {}
}
