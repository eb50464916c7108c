import EdgeJSON
import EdgePrimitives

extension PodMachine {
  /// Where the pod runs, for its status.
  public struct Placement: Hashable, Sendable {
    public var hostIP: String
    public var podIP: String
    public var startTime: Timestamp
    /// The image named by each container, repeated in its status.
    public var images: [String: String]

    public init(hostIP: String, podIP: String, startTime: Timestamp, images: [String: String]) {
      self.hostIP = hostIP
      self.podIP = podIP
      self.startTime = startTime
      self.images = images
    }
  }

  /// `Pending`, `Running`, `Succeeded` or `Failed`, by the rules of the kubelet.
  public var phase: String {
    if containers.contains(where: \.isAlive) { return "Running" }
    let terminations = containers.compactMap { container in
      if case .completed(let termination) = container.phase { termination } else { nil }
    }
    if terminations.count == containers.count, !containers.isEmpty {
      return terminations.allSatisfy { $0.exit == .exited(code: 0) } ? "Succeeded" : "Failed"
    }
    return containers.contains { $0.lastTermination != nil } ? "Running" : "Pending"
  }

  public var isReady: Bool { !containers.isEmpty && containers.allSatisfy(\.isReady) }

  /// `status` of the pod. Times of condition changes are kept from `previous` while the condition holds.
  public func status(at placement: Placement, previous: JSONValue?, now: Timestamp) -> JSONValue {
    let ready = isReady
    let unready = containers.filter { !$0.isReady }.map(\.name)
    let isDone = phase == "Succeeded" || phase == "Failed"
    let notReady: (String, String)? =
      ready
      ? nil
      : isDone
        ? ("PodCompleted", "")
        : ("ContainersNotReady", "containers with unready status: [\(unready.joined(separator: " "))]")
    let conditions: [JSONValue] = [
      condition("PodScheduled", true, nil, previous, now),
      condition("Initialized", true, nil, previous, now),
      condition("ContainersReady", ready, notReady, previous, now),
      condition("Ready", ready, notReady, previous, now),
    ]
    return [
      "phase": .string(phase),
      "conditions": .array(conditions),
      "hostIP": .string(placement.hostIP),
      "podIP": .string(placement.podIP),
      "podIPs": [["ip": .string(placement.podIP)]],
      "startTime": .string(placement.startTime.rfc3339),
      "containerStatuses": .array(containers.map { status(of: $0, image: placement.images[$0.name] ?? "") }),
    ]
  }

  private func condition(
    _ type: String, _ isTrue: Bool, _ why: (reason: String, message: String)?, _ previous: JSONValue?, _ now: Timestamp
  ) -> JSONValue {
    let status: JSONValue = isTrue ? "True" : "False"
    let before = previous?["conditions"]?.arrayValue?.first { $0["type"]?.stringValue == type }
    let since: JSONValue =
      if let before, before["status"] == status, let time = before["lastTransitionTime"] { time } else {
        .string(now.rfc3339)
      }
    var condition: JSONValue = ["type": .string(type), "status": status, "lastTransitionTime": since]
    if let why {
      condition["reason"] = .string(why.reason)
      if !why.message.isEmpty { condition["message"] = .string(why.message) }
    }
    return condition
  }

  private func status(of container: Container, image: String) -> JSONValue {
    let containerID: (Int) -> JSONValue = { attempt in .string("process://\(container.name)/\(attempt)") }
    var status: JSONValue = [
      "name": .string(container.name), "image": .string(image), "imageID": "",
      "restartCount": .integer(Int64(max(0, container.attempt))), "ready": .bool(container.isReady),
    ]
    func terminated(_ termination: Termination) -> JSONValue {
      var value: JSONValue = [
        "exitCode": .integer(Int64(termination.exit.code)),
        "reason": .string(termination.exit.reason),
        "finishedAt": .string(termination.finishedAt.rfc3339),
        "containerID": containerID(termination.attempt),
      ]
      if let startedAt = termination.startedAt { value["startedAt"] = .string(startedAt.rfc3339) }
      if case .signalled(let signal) = termination.exit { value["signal"] = .integer(Int64(signal)) }
      return value
    }
    var isStarted = false
    switch container.phase {
    case .waiting(let reason), .backingOff(_, let reason):
      var waiting: JSONValue = ["reason": .string(reason.reason)]
      if !reason.message.isEmpty { waiting["message"] = .string(reason.message) }
      status["state"] = ["waiting": waiting]
    case .starting:
      status["state"] = ["waiting": ["reason": "ContainerCreating"]]
    case .running(_, let since), .stopping(_, let since, _, _):
      isStarted = true
      status["state"] = ["running": ["startedAt": .string(since.wall.rfc3339)]]
      status["containerID"] = containerID(container.attempt)
    case .completed(let termination):
      status["state"] = ["terminated": terminated(termination)]
    }
    status["started"] = .bool(isStarted)
    status["lastState"] = [:]
    if let last = container.lastTermination, !container.isCompleted {
      status["lastState"] = ["terminated": terminated(last)]
    }
    return status
  }
}

extension PodMachine.Container {
  fileprivate var isCompleted: Bool { if case .completed = phase { true } else { false } }
}

extension ProcessExit {
  fileprivate var reason: String {
    switch self {
    case .exited(code: 0): "Completed"
    case .exited, .signalled: "Error"
    case .unknown: "ContainerStatusUnknown"
    }
  }
}
