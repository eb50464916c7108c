import DeviceTwinKit
import EdgePrimitives
import Testing

@Suite("Hybrid logical clock")
struct HybridClockTests {
  @Test("timestamps only ever grow, whatever the wall clock does")
  func monotonic() {
    let entropy = SeededEntropy(seed: 7)
    var clock = HybridClock(node: "a")
    var last = HybridTimestamp.zero
    for _ in 0..<1000 {
      let next = clock.tick(now: Timestamp(millisecondsSinceEpoch: Int64(entropy.next(below: 50))))
      #expect(next > last)
      last = next
    }
  }

  @Test("what happens after a message was received comes after the message")
  func causality() {
    var clock = HybridClock(node: "a")
    let remote = HybridTimestamp(wallMilliseconds: 30_000, counter: 9, node: "b")
    #expect(clock.receive(remote, now: Timestamp(millisecondsSinceEpoch: 100)) == .accepted)
    #expect(clock.tick(now: Timestamp(millisecondsSinceEpoch: 101)) > remote)
  }

  @Test("a remote time beyond the allowed drift is refused and does not move the clock")
  func drift() {
    var clock = HybridClock(node: "a", maximumDrift: .seconds(60))
    let before = clock
    let remote = HybridTimestamp(wallMilliseconds: 60_101, counter: 0, node: "b")
    #expect(
      clock.receive(remote, now: Timestamp(millisecondsSinceEpoch: 100)) == .refused(drift: .milliseconds(60_001)))
    #expect(clock == before)
  }

  @Test("the last counter of a millisecond is followed by the next millisecond")
  func counterOverflow() {
    var clock = HybridClock(node: "a")
    let remote = HybridTimestamp(wallMilliseconds: 100, counter: .max, node: "z")
    #expect(clock.receive(remote, now: Timestamp(millisecondsSinceEpoch: 100)) == .accepted)
    #expect(clock.tick(now: Timestamp(millisecondsSinceEpoch: 100)) > remote)
  }

  @Test("the text form is read back", arguments: ["1795350817899.0@edge-1", "0.4294967295@", "5.1@a@b.c"])
  func text(_ text: String) throws {
    #expect(try #require(HybridTimestamp(text)).description == text)
  }

  @Test("a text that is no timestamp is refused", arguments: ["", "1@a", "1.2", "-1.0@a", "1.4294967296@a", "1.2.3@a"])
  func badText(_ text: String) {
    #expect(HybridTimestamp(text) == nil)
  }
}
