#if Networking
import EdgeTransport
import NIOCore
import Testing

@testable import EdgeTransportNIO

@Suite("liveness")
struct LivenessTests {
  private let start = NIODeadline.uptimeNanoseconds(0)
  private func at(_ seconds: Int64) -> NIODeadline { start + .seconds(seconds) }

  @Test("silence brings a ping, silence after it death, any sign of life starts over")
  func transcript() {
    var liveness = Liveness(WebSocketTiming(), now: start)
    #expect(liveness.tick(now: at(0)) == .wait(until: at(15)))
    liveness.heard(now: at(10))
    #expect(liveness.tick(now: at(15)) == .wait(until: at(25)))
    #expect(liveness.tick(now: at(25)) == .ping(lookAgain: at(35)))
    #expect(liveness.tick(now: at(30)) == .wait(until: at(35)))
    liveness.heard(now: at(31))
    #expect(liveness.tick(now: at(35)) == .wait(until: at(46)))
    #expect(liveness.tick(now: at(46)) == .ping(lookAgain: at(56)))
    #expect(liveness.tick(now: at(56)) == .dead(.silent))
  }

  @Test("a socket that takes nothing for the write timeout is dead, one that takes a little lives")
  func writes() {
    var liveness = Liveness(WebSocketTiming(), now: start)
    liveness.heard(now: at(100))
    #expect(liveness.tick(now: at(100), written: 1000, waiting: 900) == .wait(until: at(115)))
    liveness.heard(now: at(110))
    #expect(liveness.tick(now: at(110), written: 2000, waiting: 1900) == .wait(until: at(115)))
    #expect(liveness.tick(now: at(114), written: 2000, waiting: 1899) == .wait(until: at(125)))
    liveness.heard(now: at(120))
    #expect(liveness.tick(now: at(120), written: 2000, waiting: 0) == .wait(until: at(135)))
    #expect(liveness.tick(now: at(121), written: 2001, waiting: 1) == .wait(until: at(135)))
    liveness.heard(now: at(136))
    #expect(liveness.tick(now: at(136), written: 2001, waiting: 1) == .dead(.takesNothing))
  }

  @Test("a message must end within its time, whatever else comes")
  func messages() {
    var liveness = Liveness(WebSocketTiming(), now: start)
    liveness.heard(now: at(1), isInsideMessage: true)
    liveness.heard(now: at(119), isInsideMessage: true)
    #expect(liveness.tick(now: at(119)) == .wait(until: at(121)))
    liveness.heard(now: at(120), isInsideMessage: false)
    liveness.heard(now: at(120), isInsideMessage: true)
    #expect(liveness.tick(now: at(122)) == .wait(until: at(135)))
    liveness.heard(now: at(239), isInsideMessage: true)
    #expect(liveness.tick(now: at(240)) == .dead(.endlessMessage))
  }
}

@Suite("admission budget")
struct AdmissionBudgetTests {
  @Test("a burst is admitted at once, those beyond come back at the rate, each after the one before")
  func transcript() {
    let start = ContinuousClock.now
    var budget = AdmissionBudget(perSecond: 10, burst: 2, now: start)
    #expect(budget.request(now: start) == .admit)
    #expect(budget.request(now: start) == .admit)
    let delays = (0..<25).map { _ in budget.request(now: start) }
    #expect(delays.first == .comeBack(after: .seconds(1)))
    #expect(delays[9] == .comeBack(after: .seconds(1)))
    #expect(delays[10] == .comeBack(after: .seconds(2)))
    #expect(delays.last == .comeBack(after: .seconds(3)))
    #expect(budget.request(now: start + .milliseconds(100)) == .admit)
    // A clock that stands still or goes back earns nothing.
    #expect(budget.request(now: start) != .admit)
  }

  @Test("nobody is sent away for more than a minute")
  func bounded() {
    let start = ContinuousClock.now
    var budget = AdmissionBudget(perSecond: 1, burst: 1, now: start)
    #expect(budget.request(now: start) == .admit)
    var last = AdmissionBudget.Decision.admit
    for _ in 0..<10_000 { last = budget.request(now: start) }
    #expect(last == .comeBack(after: .seconds(60)))
  }
}
#endif
