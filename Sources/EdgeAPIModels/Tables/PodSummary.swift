import EdgeJSON
import EdgePrimitives

/// A pod in a few words, by the rules of kubectl's column of that name.
struct PodSummary {
  private(set) var ready = 0
  private(set) var total: Int
  private(set) var status: String
  private(set) var restarts: Int64 = 0
  private(set) var lastRestart: Timestamp?

  init(_ pod: JSONValue) {
    let state = pod["status"]
    total = pod["spec"]?["containers"]?.arrayValue?.count ?? 0
    let phase = state?["phase"]?.stringValue ?? ""
    status = phase
    if let reason = state?["reason"]?.stringValue, !reason.isEmpty { status = reason }
    let conditions = state?["conditions"]?.arrayValue ?? []
    if conditions.contains(where: { $0["type"] == "PodScheduled" && $0["reason"] == "SchedulingGated" }) {
      status = "SchedulingGated"
    }
    let sidecars = initContainers(pod)
    let isInitialized = conditions.contains { $0["type"] == "Initialized" && $0["status"] == "True" }
    if !sidecars.isInitializing || isInitialized {
      // What ended before the containers began is of no interest any more, but a sidecar goes on.
      restarts = sidecars.restarts
      lastRestart = sidecars.lastRestart
      containers(state?["containerStatuses"]?.arrayValue ?? [], conditions)
    }
    guard pod["metadata"]?["deletionTimestamp"]?.stringValue != nil else { return }
    if state?["reason"] == "NodeLost" {
      status = "Unknown"
    } else if phase != "Succeeded", phase != "Failed" {
      status = "Terminating"
    }
  }

  private struct Sidecars {
    var isInitializing = false
    var restarts: Int64 = 0
    var lastRestart: Timestamp?
  }

  private mutating func initContainers(_ pod: JSONValue) -> Sidecars {
    let specs = pod["spec"]?["initContainers"]?.arrayValue ?? []
    let restartable = Set(specs.filter { $0["restartPolicy"] == "Always" }.compactMap { $0["name"]?.stringValue })
    total += restartable.count
    var sidecars = Sidecars()
    for (index, container) in (pod["status"]?["initContainerStatuses"]?.arrayValue ?? []).enumerated() {
      let isSidecar = container["name"]?.stringValue.map { restartable.contains($0) } ?? false
      count(container)
      if isSidecar {
        sidecars.restarts += container["restartCount"]?.integerValue ?? 0
        sidecars.lastRestart = max(sidecars.lastRestart, end(of: container))
      }
      let terminated = container["state"]?["terminated"]
      if terminated != nil, terminated?["exitCode"]?.integerValue ?? 0 == 0 { continue }
      if isSidecar, container["started"] == true {
        if container["ready"] == true { ready += 1 }
        continue
      }
      let waiting = container["state"]?["waiting"]?["reason"]?.stringValue ?? ""
      if let terminated {
        status = "Init:" + Self.reason(terminated)
      } else if !waiting.isEmpty, waiting != "PodInitializing" {
        status = "Init:" + waiting
      } else {
        status = "Init:\(index)/\(specs.count)"
      }
      sidecars.isInitializing = true
      break
    }
    return sidecars
  }

  /// The first container that is in trouble names the status, so they are looked at from the last.
  private mutating func containers(_ containers: [JSONValue], _ conditions: [JSONValue]) {
    var anyRuns = false
    for container in containers.reversed() {
      count(container)
      let waiting = container["state"]?["waiting"]?["reason"]?.stringValue ?? ""
      if !waiting.isEmpty {
        status = waiting
      } else if let terminated = container["state"]?["terminated"], !terminated.isNull {
        status = Self.reason(terminated)
      } else if container["ready"] == true, container["state"]?["running"]?.objectValue != nil {
        anyRuns = true
        ready += 1
      }
    }
    if status == "Completed", anyRuns {
      let isReady = conditions.contains { $0["type"] == "Ready" && $0["status"] == "True" }
      status = isReady ? "Running" : "NotReady"
    }
  }

  private mutating func count(_ container: JSONValue) {
    restarts += container["restartCount"]?.integerValue ?? 0
    lastRestart = max(lastRestart, end(of: container))
  }

  private func end(of container: JSONValue) -> Timestamp? {
    container["lastState"]?["terminated"]?["finishedAt"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
  }

  private func max(_ left: Timestamp?, _ right: Timestamp?) -> Timestamp? {
    guard let left, let right else { return left ?? right }
    return left < right ? right : left
  }

  private static func reason(_ terminated: JSONValue) -> String {
    if let reason = terminated["reason"]?.stringValue, !reason.isEmpty { return reason }
    let signal = terminated["signal"]?.integerValue ?? 0
    return signal != 0 ? "Signal:\(signal)" : "ExitCode:\(terminated["exitCode"]?.integerValue ?? 0)"
  }
}
