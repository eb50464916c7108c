import EdgeAutonomyCache
import EdgePrimitives
import Testing

@Suite("autonomy mode")
struct AutonomyModeTests {
  private func at(_ seconds: Int64) -> Moment {
    // The wall clock jumps about; only elapsed time may count.
    Moment(wall: Timestamp(millisecondsSinceEpoch: seconds % 2 == 0 ? 0 : 9_000_000_000), elapsed: .seconds(seconds))
  }

  private struct Step {
    let second: Int64
    let event: AutonomyMode.Event
    let name: AutonomyMode.Name
    let changed: Bool
    var reason: String?
  }

  private func run(_ steps: [Step], sourceLocation: SourceLocation = #_sourceLocation) {
    var mode = AutonomyMode(now: at(0), gracePeriod: .seconds(5))
    for step in steps {
      let changed = mode.handle(step.event, now: at(step.second))
      #expect(changed == step.changed, "\(step)", sourceLocation: sourceLocation)
      #expect(mode.name == step.name, "\(step)", sourceLocation: sourceLocation)
      #expect(mode.reason == step.reason, "\(step)", sourceLocation: sourceLocation)
      if changed { #expect(mode.since == at(step.second), "\(step)", sourceLocation: sourceLocation) }
    }
  }

  @Test("a node starts on its own and is connected once the difference has arrived")
  func start() {
    let mode = AutonomyMode(now: at(3))
    #expect(mode.name == .offline && mode.since == at(3) && mode.reason == "no connection yet")
    run([
      Step(second: 1, event: .tick, name: .offline, changed: false, reason: "no connection yet"),
      Step(second: 2, event: .linkUp, name: .recovering, changed: true),
      Step(second: 3, event: .tick, name: .recovering, changed: false),
      Step(second: 4, event: .caughtUp, name: .connected, changed: true),
      Step(second: 500, event: .tick, name: .connected, changed: false),
    ])
  }

  @Test("a short break degrades, and only a long one makes the node offline")
  func outage() {
    run([
      Step(second: 1, event: .linkUp, name: .recovering, changed: true),
      Step(second: 2, event: .caughtUp, name: .connected, changed: true),
      Step(second: 10, event: .linkDown(reason: "cable"), name: .degraded, changed: true, reason: "cable"),
      Step(second: 14, event: .tick, name: .degraded, changed: false, reason: "cable"),
      Step(second: 15, event: .tick, name: .offline, changed: true, reason: "cable"),
      Step(second: 16, event: .tick, name: .offline, changed: false, reason: "cable"),
      Step(second: 20, event: .linkUp, name: .recovering, changed: true),
      Step(second: 21, event: .caughtUp, name: .connected, changed: true),
    ])
  }

  @Test("failing attempts to connect keep the newest reason and do not restart the grace period")
  func retries() {
    run([
      Step(second: 1, event: .linkUp, name: .recovering, changed: true),
      Step(second: 2, event: .linkDown(reason: "cable"), name: .degraded, changed: true, reason: "cable"),
      Step(second: 4, event: .linkDown(reason: "no route"), name: .degraded, changed: false, reason: "no route"),
      Step(second: 7, event: .tick, name: .offline, changed: true, reason: "no route"),
      Step(second: 8, event: .linkDown(reason: "refused"), name: .offline, changed: false, reason: "refused"),
    ])
  }

  @Test("a link that returns within the grace period still recovers first, and losing it meanwhile degrades anew")
  func flapping() {
    run([
      Step(second: 1, event: .linkUp, name: .recovering, changed: true),
      Step(second: 2, event: .caughtUp, name: .connected, changed: true),
      Step(second: 3, event: .linkDown(reason: "a"), name: .degraded, changed: true, reason: "a"),
      Step(second: 4, event: .linkUp, name: .recovering, changed: true),
      Step(second: 6, event: .linkDown(reason: "b"), name: .degraded, changed: true, reason: "b"),
      Step(second: 10, event: .tick, name: .degraded, changed: false, reason: "b"),
      Step(second: 11, event: .tick, name: .offline, changed: true, reason: "b"),
    ])
  }

  @Test("events that mean nothing in a mode change nothing")
  func ignored() {
    run([
      Step(second: 1, event: .caughtUp, name: .offline, changed: false, reason: "no connection yet"),
      Step(second: 2, event: .linkUp, name: .recovering, changed: true),
      Step(second: 3, event: .linkUp, name: .recovering, changed: false),
      Step(second: 4, event: .caughtUp, name: .connected, changed: true),
      Step(second: 5, event: .linkUp, name: .connected, changed: false),
      Step(second: 6, event: .caughtUp, name: .connected, changed: false),
      Step(second: 7, event: .linkDown(reason: "x"), name: .degraded, changed: true, reason: "x"),
      Step(second: 8, event: .caughtUp, name: .degraded, changed: false, reason: "x"),
    ])
  }
}
