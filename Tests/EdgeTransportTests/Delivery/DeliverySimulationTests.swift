import EdgePrimitives
import EdgeTestKit
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// `EDGE_DELIVERY_SEEDS` sets how many seeds run (1,000 by default), `EDGE_DELIVERY_SEED` where they begin: a failure
/// prints its seed, and `EDGE_DELIVERY_SEED=...` with `EDGE_DELIVERY_TRACE=1` shows it again, step by step.
@Suite("delivery simulation")
struct DeliverySimulationTests {
  @Test(
    "FF-01: whatever links, disks and processes do, nothing promised is lost, nothing has two effects or is out of order"
  )
  func seeds() async {
    let count = Self.number("EDGE_DELIVERY_SEEDS") ?? 1000
    let base = Self.number("EDGE_DELIVERY_SEED") ?? SystemEntropy().next() >> 20
    let outcome = await withTaskGroup(of: Result<DeliverySimulation.Report, DeliveryViolation>.self) { group in
      let parts: UInt64 = 4
      for part in 0..<parts {
        group.addTask { Self.run(stride(from: base + part, to: base + count, by: Int(parts))) }
      }
      return await group.reduce(into: [Result<DeliverySimulation.Report, DeliveryViolation>]()) { $0.append($1) }
    }
    var total = DeliverySimulation.Report()
    for part in outcome {
      do throws(DeliveryViolation) {
        total += try part.get()
      } catch {
        Issue.record("\(error)")
        if getenv("EDGE_DELIVERY_TRACE") != nil { _ = try? DeliverySimulation.run(seed: error.seed) { print($0) } }
      }
    }
    print("delivery simulation: \(count) seeds from \(base): \(total)")
  }

  private static func run(
    _ seeds: some Sequence<UInt64>
  ) -> Result<DeliverySimulation.Report, DeliveryViolation> {
    var total = DeliverySimulation.Report()
    for seed in seeds {
      do throws(DeliveryViolation) {
        total += try DeliverySimulation.run(seed: seed)
      } catch {
        return .failure(error)
      }
    }
    return .success(total)
  }

  @Test("a seed gives the same run each time")
  func replay() throws {
    let seed = SystemEntropy().next() >> 20
    #expect(try DeliverySimulation.run(seed: seed) == DeliverySimulation.run(seed: seed), "seed \(seed)")
  }

  private static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }
}
