import EdgePrimitives
import Testing

@testable import EdgeResourceStore

@Suite struct ReflectorStateMachineTests {
  private let entropy = SeededEntropy(seed: 1)
  private let expired = ResourceError(.expired, "compacted")
  private let lost = ResourceError(.unavailable, "down")
  private func version(_ number: Int) -> ResourceVersion { ResourceVersion(rawValue: "\(number)") }

  private func machine() -> ReflectorStateMachine {
    ReflectorStateMachine(
      pageSize: 10, backoff: Backoff(base: .seconds(1), cap: .seconds(8), minimum: .seconds(1)))
  }

  @Test("it lists, watches from there, and resumes a lost watch after the last batch that was told whole")
  func resuming() {
    var machine = machine()
    #expect(machine.next() == .list(limit: 10))
    machine.listed(at: version(5))
    #expect(machine.next() == .watch(after: version(5)))
    machine.advanced(to: version(7))
    _ = machine.watchEnded(.failed(lost), lived: .zero, entropy)
    #expect(machine.next() == .watch(after: version(7)))
    _ = machine.watchEnded(.silent, lived: .zero, entropy)
    #expect(machine.next() == .watch(after: version(7)))
    _ = machine.watchEnded(.ended, lived: .zero, entropy)
    #expect(machine.next() == .watch(after: version(7)))
  }

  @Test("it lists again when its position is compacted, and all at once when lists do not live long enough for pages")
  func expiring() {
    var machine = machine()
    machine.listed(at: version(5))
    _ = machine.watchEnded(.failed(expired), lived: .zero, entropy)
    #expect(machine.next() == .list(limit: 10))
    _ = machine.listFailed(expired, entropy)
    #expect(machine.next() == .list(limit: nil))
    machine.listed(at: version(9))
    #expect(machine.next() == .watch(after: version(9)))
    machine.advanced(to: version(10))
    _ = machine.watchEnded(.failed(expired), lived: .zero, entropy)
    #expect(machine.next() == .list(limit: 10))
  }

  @Test("a batch from before its position says nothing; versions that are no numbers cannot be told earlier")
  func accepting() {
    var machine = machine()
    #expect(!machine.accepts(version(1)))
    machine.listed(at: version(5))
    #expect(!machine.accepts(version(4)))
    #expect(machine.accepts(version(5)))
    #expect(machine.accepts(version(6)))
    #expect(machine.accepts(ResourceVersion(rawValue: "x")))
  }

  @Test("FF-23: pauses grow while nothing comes, and start anew after a watch that brought something or stood for long")
  func backingOff() {
    var machine = machine()
    machine.listed(at: version(5))
    func fail(lived: Duration = .zero, after batch: Int? = nil) -> Duration {
      _ = machine.next()
      if let batch { machine.advanced(to: version(batch)) }
      return machine.watchEnded(.failed(lost), lived: lived, entropy)
    }
    for _ in 0..<6 { _ = fail() }
    let grown = (0..<20).map { _ in fail() }.max() ?? .zero
    #expect(grown > .seconds(4) && grown <= .seconds(8))
    #expect(fail(after: 6) == .seconds(1))
    #expect(fail(after: 6) > .seconds(1), "a note that says nothing new proves nothing")
    for _ in 0..<6 { _ = fail() }
    #expect(fail(lived: .seconds(8)) == .seconds(1))
  }
}
