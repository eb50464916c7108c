import EdgeJSON
import EdgePrimitives
import Testing

@testable import EdgeNodeAgent

/// Transcripts: event, then the actions that must follow.
@Suite("PodMachine") struct PodMachineTests {
  private func moment(_ seconds: Double) -> Moment {
    Moment(wall: Timestamp(millisecondsSinceEpoch: 1_000_000 + Int64(seconds * 1000)), elapsed: .seconds(seconds))
  }

  private func machine(
    policy: PodMachine.RestartPolicy = .always, attempts: [String: Int] = [:], probe: Bool = false
  ) -> PodMachine {
    PodMachine(
      containers: [("web", "v1", probe)], attempts: attempts, restartPolicy: policy, gracePeriod: .seconds(5))
  }

  private let placement = PodMachine.Placement(
    hostIP: "10.0.0.1", podIP: "10.0.1.2", startTime: Timestamp(millisecondsSinceEpoch: 0), images: ["web": "app:1"])

  @Test("a new pod starts its container once and is Running when the process runs")
  func starts() {
    var pod = machine()
    #expect(pod.phase == "Pending")
    #expect(pod.step(now: moment(0)) == [.start(container: "web", attempt: 0)])
    #expect(pod.step(now: moment(0)) == [])
    pod.started(container: "web", attempt: 0, pid: 42, now: moment(1))
    #expect(pod.step(now: moment(1)) == [])
    #expect(pod.phase == "Running")
    #expect(pod.isReady)
  }

  @Test("a container with a readiness probe is ready only when the probe says so")
  func readiness() {
    var pod = machine(probe: true)
    _ = pod.step(now: moment(0))
    pod.started(container: "web", attempt: 0, pid: 42, now: moment(0))
    #expect(!pod.isReady)
    pod.readinessChanged(container: "web", isReady: true)
    #expect(pod.isReady)
    pod.exited(container: "web", attempt: 0, exit: .exited(code: 1), now: moment(1))
    #expect(!pod.isReady)
  }

  @Test("a failing container restarts at once the first time, then with doubling delays")
  func backoff() {
    var pod = machine()
    var now = 0.0
    var delays: [Double] = []
    for attempt in 0..<5 {
      #expect(pod.step(now: moment(now)) == [.start(container: "web", attempt: attempt)])
      pod.started(container: "web", attempt: attempt, pid: 1, now: moment(now))
      pod.exited(container: "web", attempt: attempt, exit: .exited(code: 1), now: moment(now))
      let due = pod.nextDeadline.map { Double($0.components.seconds) } ?? -1
      delays.append(due - now)
      if due > now { #expect(pod.step(now: moment(due - 0.1)) == []) }
      now = due
    }
    #expect(delays == [0, 1, 2, 4, 8])
  }

  @Test("a long good run makes earlier failures forgotten")
  func forgets() {
    var pod = machine()
    for attempt in 0..<3 {
      _ = pod.step(now: moment(Double(attempt) * 100))
      pod.started(container: "web", attempt: attempt, pid: 1, now: moment(Double(attempt) * 100))
      pod.exited(container: "web", attempt: attempt, exit: .exited(code: 1), now: moment(Double(attempt) * 100))
    }
    _ = pod.step(now: moment(400))
    pod.started(container: "web", attempt: 3, pid: 1, now: moment(400))
    pod.exited(container: "web", attempt: 3, exit: .exited(code: 1), now: moment(1100))
    #expect(pod.nextDeadline == .seconds(1100))
  }

  @Test(
    "the restart policy decides whether an ended container stays down",
    arguments: [
      (PodMachine.RestartPolicy.never, Int32(0), "Succeeded"), (.never, 3, "Failed"), (.onFailure, 0, "Succeeded"),
      (.onFailure, 3, "Running"), (.always, 0, "Running"),
    ])
  func policies(policy: PodMachine.RestartPolicy, code: Int32, phase: String) {
    var pod = machine(policy: policy)
    _ = pod.step(now: moment(0))
    pod.started(container: "web", attempt: 0, pid: 1, now: moment(0))
    pod.exited(container: "web", attempt: 0, exit: .exited(code: code), now: moment(1))
    #expect(pod.phase == phase)
  }

  @Test("a deleted pod gets its grace period, then is killed, then is finished")
  func termination() {
    var pod = machine()
    _ = pod.step(now: moment(0))
    pod.started(container: "web", attempt: 0, pid: 1, now: moment(0))
    pod.terminationRequested()
    #expect(pod.step(now: moment(1)) == [.stop(container: "web", attempt: 0, grace: .seconds(5))])
    #expect(pod.step(now: moment(5.9)) == [])
    #expect(pod.step(now: moment(6)) == [.kill(container: "web", attempt: 0)])
    pod.exited(container: "web", attempt: 0, exit: .signalled(9), now: moment(6.1))
    #expect(pod.step(now: moment(6.1)) == [.finished])
  }

  @Test("a deleted pod that never started is finished at once and starts nothing")
  func terminationBeforeStart() {
    var pod = machine()
    pod.terminationRequested()
    #expect(pod.step(now: moment(0)) == [.finished])
  }

  @Test("a process that outlived the agent is taken over, not started again")
  func adoption() {
    var pod = machine(attempts: ["web": 2])
    pod.adopted(container: "web", attempt: 2, pid: 7, now: moment(0), startedAt: nil)
    #expect(pod.step(now: moment(0)) == [])
    #expect(pod.isReady)
  }

  @Test("a recorded process that is gone counts as ended and starts again at once, with the next attempt")
  func vanished() {
    var pod = machine(attempts: ["web": 2])
    pod.vanished(container: "web", now: moment(0))
    #expect(pod.step(now: moment(0)) == [.start(container: "web", attempt: 3)])
    var finished = machine(policy: .never, attempts: ["web": 0])
    finished.vanished(container: "web", now: moment(0))
    #expect(finished.step(now: moment(0)) == [])
    #expect(finished.phase == "Failed")
  }

  @Test("a container whose end an earlier agent saw stays at rest with its exit code")
  func completedBefore() {
    var pod = machine(policy: .onFailure, attempts: ["web": 1])
    pod.completedBefore(container: "web", code: 0, now: moment(0))
    pod.vanished(container: "web", now: moment(0))
    #expect(pod.step(now: moment(0)) == [])
    #expect(pod.phase == "Succeeded")
    #expect(pod.completions == ["web": 0])
  }

  @Test("a container that cannot start waits with its reason and is tried again when what it needs arrives")
  func missingConfiguration() {
    var pod = machine()
    _ = pod.step(now: moment(0))
    let reason = PodMachine.WaitingReason(reason: "CreateContainerConfigError", message: "configmap \"c\" not found")
    pod.startFailed(container: "web", attempt: 0, reason: reason, now: moment(0))
    let status = pod.status(at: placement, previous: nil, now: moment(0).wall)
    let waiting = status["containerStatuses"]?[0]?["state"]?["waiting"]
    #expect(waiting?["reason"] == "CreateContainerConfigError")
    #expect(waiting?["message"] == "configmap \"c\" not found")
    #expect(status["phase"] == "Pending")
    #expect(pod.step(now: moment(0.5)) == [])
    pod.dependenciesChanged(now: moment(0.5))
    #expect(pod.step(now: moment(0.5)) == [.start(container: "web", attempt: 0)])
  }

  @Test("a changed container is replaced, an unchanged one is left alone")
  func specificationChange() {
    var pod = machine()
    _ = pod.step(now: moment(0))
    pod.started(container: "web", attempt: 0, pid: 1, now: moment(0))
    pod.specificationChanged(to: ["web": "v1"])
    #expect(pod.step(now: moment(1)) == [])
    pod.specificationChanged(to: ["web": "v2"])
    #expect(pod.step(now: moment(1)) == [.stop(container: "web", attempt: 0, grace: .seconds(5))])
    pod.exited(container: "web", attempt: 0, exit: .signalled(15), now: moment(2))
    #expect(pod.step(now: moment(2)) == [.start(container: "web", attempt: 1)])
  }

  @Test("events of an earlier attempt change nothing")
  func staleEvents() {
    var pod = machine()
    _ = pod.step(now: moment(0))
    pod.started(container: "web", attempt: 0, pid: 1, now: moment(0))
    pod.exited(container: "web", attempt: 0, exit: .exited(code: 1), now: moment(0))
    _ = pod.step(now: moment(0))
    pod.started(container: "web", attempt: 1, pid: 2, now: moment(0))
    pod.exited(container: "web", attempt: 0, exit: .exited(code: 1), now: moment(1))
    pod.exited(container: "other", attempt: 1, exit: .exited(code: 1), now: moment(1))
    #expect(pod.phase == "Running")
    #expect(pod.step(now: moment(1)) == [])
  }

  @Test("the status has the kubelet's form and keeps the times of conditions that did not change")
  func status() {
    var pod = machine()
    _ = pod.step(now: moment(0))
    pod.started(container: "web", attempt: 0, pid: 1, now: moment(0))
    let first = pod.status(at: placement, previous: nil, now: moment(1).wall)
    let second = pod.status(at: placement, previous: first, now: moment(90).wall)
    #expect(first == second)
    #expect(first["podIP"] == "10.0.1.2")
    let ready = first["conditions"]?.arrayValue?.first { $0["type"] == "Ready" }
    #expect(ready?["status"] == "True")
    pod.exited(container: "web", attempt: 0, exit: .signalled(9), now: moment(91))
    let third = pod.status(at: placement, previous: second, now: moment(91).wall)
    let container = third["containerStatuses"]?[0]
    #expect(container?["lastState"]?["terminated"]?["exitCode"] == 137)
    #expect(container?["state"]?["waiting"]?["reason"] == "CrashLoopBackOff")
    let unready = third["conditions"]?.arrayValue?.first { $0["type"] == "Ready" }
    #expect(unready?["status"] == "False")
    #expect(unready?["message"]?.stringValue?.contains("[web]") == true)
  }
}
