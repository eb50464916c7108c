import EdgePrimitives
import Testing

@Suite("Backoff")
struct BackoffTests {
  @Test("delays stay between the minimum and a ceiling that doubles up to the cap")
  func ceilings() {
    let seed = UInt64.random(in: 0...UInt64.max)
    let entropy = SeededEntropy(seed: seed)
    var backoff = Backoff(base: .milliseconds(100), cap: .seconds(1), minimum: .milliseconds(10))
    for expected in [100, 200, 400, 800, 1000, 1000] {
      #expect(backoff.ceilingOfNextDelay == .milliseconds(expected), "seed \(seed)")
      let delay = backoff.next(using: entropy)
      #expect(delay >= .milliseconds(10) && delay <= .milliseconds(expected), "seed \(seed)")
    }
  }

  @Test("a success starts again from the base")
  func reset() {
    var backoff = Backoff(base: .milliseconds(100))
    for _ in 0..<5 { _ = backoff.next(using: SeededEntropy(seed: 1)) }
    backoff.reset()
    #expect(backoff.ceilingOfNextDelay == .milliseconds(100))
  }

  @Test("two nodes that fail together do not come back together")
  func jitter() {
    var first = Backoff()
    var second = Backoff()
    #expect(first.next(using: SeededEntropy(seed: 1)) != second.next(using: SeededEntropy(seed: 2)))
  }
}
