import Testing

@testable import DeviceTwinKit

@Suite("Poll schedule")
struct PollScheduleTests {
  private let fast = Sample.temperature
  private let slow = Sample.setPoint

  @Test("each property comes in its own cycle, the slow one along with the fast one")
  func cycles() {
    var schedule = PollSchedule()
    schedule.replace([fast: .seconds(1), slow: .seconds(5)], at: .zero)
    var fastCount = 0
    var slowCount = 0
    for second in 0..<20 {
      let due = schedule.takeDue(at: .seconds(second))
      if due.contains(fast) { fastCount += 1 }
      if due.contains(slow) { slowCount += 1 }
    }
    #expect(fastCount == 20 && slowCount == 4)
    #expect(schedule.skippedCycles == 0)
  }

  @Test("a long pause is not made up for in a burst; what was left out is counted")
  func noBurst() {
    var schedule = PollSchedule()
    schedule.replace([fast: .seconds(1)], at: .zero)
    #expect(schedule.takeDue(at: .zero) == [fast])
    #expect(schedule.takeDue(at: .milliseconds(10_500)) == [fast])
    #expect(schedule.takeDue(at: .milliseconds(10_600)) == [])
    #expect(schedule.skippedCycles == 9)
    #expect(schedule.nextDeadline == .seconds(11))
  }

  @Test("a cycle of zero does not spin, and a replaced schedule keeps the rhythm of what stays")
  func replaced() {
    var schedule = PollSchedule()
    schedule.replace([fast: .zero, slow: .seconds(5)], at: .zero)
    _ = schedule.takeDue(at: .zero)
    #expect(schedule.nextDeadline == PollSchedule.shortestCycle)
    schedule.replace([slow: .seconds(5)], at: .seconds(1))
    #expect(schedule.nextDeadline == .seconds(5))
  }
}
