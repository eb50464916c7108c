import EdgePrimitives
import EdgeTestKit
import Testing

@testable import EdgeTransport

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Two sessions over a bad network, all moved by one seed. A failing seed is named; `world(seed:)` replays it.
@Suite("framed session simulation")
struct FramedSessionSimulationTests {
  @Test("FF-01, FF-23: whatever breaks when, every byte of every stream arrives once, in order, within the bounds")
  func simulation() {
    let base = Self.base
    let seeds = Self.seeds
    var resumptions: UInt64 = 0
    var repeated: UInt64 = 0
    var breaks = 0
    var saved: UInt64 = 0
    for seed in base..<base + seeds {
      var world = FramedWorld(seed: seed)
      world.run(steps: 100)
      #expect(world.faults == [], "seed \(seed)")
      resumptions += world.client.counters.resumptions
      repeated += world.client.counters.streamBytesRepeated + world.server.counters.streamBytesRepeated
      breaks += world.network.breakCount
      saved += world.client.counters.bytesSaved
    }
    print(
      "framed session simulation: \(seeds) seeds from \(base), \(breaks) breaks, \(resumptions) resumptions,",
      "\(repeated) bytes sent again, \(saved) saved by compression")
    #expect(resumptions > seeds && repeated > 0, "the network was too good to show anything")
    #expect(saved > 0 || seeds < 8, "nothing was compressed")
  }

  /// `EDGE_FRAMED_SEED` names the first seed, `EDGE_FRAMED_SEEDS` how many follow.
  static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }
  static let base = number("EDGE_FRAMED_SEED") ?? SystemEntropy().next() >> 16
  static let seeds = number("EDGE_FRAMED_SEEDS") ?? (number("EDGE_FRAMED_SEED") == nil ? 200 : 1)

  @Test("the same seed gives the same run")
  func replays() {
    var one = FramedWorld(seed: 7)
    var other = FramedWorld(seed: 7)
    one.run(steps: 100)
    other.run(steps: 100)
    #expect(one.client.counters == other.client.counters && one.server.counters == other.server.counters)
    #expect(one.network.now == other.network.now)
  }
}
