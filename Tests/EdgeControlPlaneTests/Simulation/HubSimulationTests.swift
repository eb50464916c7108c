#if Networking && canImport(Glibc)
import EdgePrimitives
import Glibc
import Testing

/// `EDGE_HUB_SEEDS` sets how many seeds run (50 by default), `EDGE_HUB_SEED` where they begin: a failure prints its seed, and
/// `EDGE_HUB_SEED=...` with `EDGE_HUB_SEEDS=1` and `EDGE_HUB_TRACE=1` shows it again, step by step.
@Suite("hub simulation")
struct HubSimulationTests {
  @Test(
    "FF-01, FF-02, FF-19: whatever the link and both processes do, a node ends with what it should hold, and nothing sent or reported is lost, done twice or out of order"
  )
  func seeds() async {
    let count = Self.number("EDGE_HUB_SEEDS") ?? 50
    let base = Self.number("EDGE_HUB_SEED") ?? SystemEntropy().next() >> 20
    let isTraced = getenv("EDGE_HUB_TRACE") != nil
    var total = HubSimulation.Outcome()
    for seed in base..<base + count {
      do {
        total += try HubSimulation.run(seed: seed, trace: isTraced ? Self.show : nil)
      } catch {
        Issue.record("\(error)")
        break
      }
    }
    print("hub simulation: \(count) seeds from \(base): \(total)")
    if count >= 20 { #expect(total.crashes > count && total.breaks > count && total.partitions > 0, "it is too calm") }
  }

  @Test("a seed gives the same run each time")
  func replay() throws {
    let seed = SystemEntropy().next() >> 20
    #expect(try HubSimulation.run(seed: seed) == HubSimulation.run(seed: seed), "seed \(seed)")
  }

  private static let show: @Sendable (String) -> Void = { print($0) }

  private static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }
}
#endif
