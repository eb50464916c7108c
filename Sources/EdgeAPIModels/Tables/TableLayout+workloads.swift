import EdgeJSON
import EdgePrimitives

extension TableLayout {
  static func workloads(_ gvk: GroupVersionKind) -> TableLayout? {
    switch (gvk.group, gvk.kind) {
    case ("", "Pod"): pod
    case ("apps", "Deployment"): deployment
    case ("apps", "ReplicaSet"), ("", "ReplicationController"): replicaSet
    case ("apps", "DaemonSet"): daemonSet
    case ("apps", "StatefulSet"): statefulSet
    case ("apps", "ControllerRevision"): controllerRevision
    case ("batch", "Job"): job
    case ("batch", "CronJob"): cronJob
    default: nil
    }
  }

  private static let deployment = TableLayout(
    [
      .name,
      CellColumn("Ready", "Replicas that are ready, of those wanted") { object, _ in
        let ready = object["status"]?["readyReplicas"]?.integerValue ?? 0
        return .string("\(ready)/\(object["spec"]?["replicas"]?.integerValue ?? 0)")
      },
      .count("Up-to-date", type: "string", "Replicas of the current template", ["status", "updatedReplicas"]),
      .count(
        "Available", type: "string", "Replicas that have been ready for long enough", ["status", "availableReplicas"]),
      .age,
    ] + containers(["spec", "template", "spec"]) + [selector])

  private static let replicaSet = TableLayout(
    [
      .name, .count("Desired", "Replicas wanted", ["spec", "replicas"]),
      .count("Current", "Replicas there are", ["status", "replicas"]),
      .count("Ready", "Replicas that are ready", ["status", "readyReplicas"]), .age,
    ] + containers(["spec", "template", "spec"]) + [selector])

  private static let daemonSet = TableLayout(
    [
      .name, .count("Desired", "Nodes that should run the pod", ["status", "desiredNumberScheduled"]),
      .count("Current", "Nodes that run it and should", ["status", "currentNumberScheduled"]),
      .count("Ready", "Nodes on which it is ready", ["status", "numberReady"]),
      .count("Up-to-date", "Nodes with the current template", ["status", "updatedNumberScheduled"]),
      .count("Available", "Nodes on which it has been ready for long enough", ["status", "numberAvailable"]),
      CellColumn("Node Selector", "Labels of the nodes that run the pod") { object, _ in
        .string(CellText.labels(object[path: ["spec", "template", "spec", "nodeSelector"]]))
      }, .age,
    ] + containers(["spec", "template", "spec"]) + [selector])

  private static let statefulSet = TableLayout(
    [
      .name,
      CellColumn("Ready", "Replicas that are ready, of those wanted") { object, _ in
        let ready = object["status"]?["readyReplicas"]?.integerValue ?? 0
        return .string("\(ready)/\(object["spec"]?["replicas"]?.integerValue ?? 0)")
      }, .age,
    ] + containers(["spec", "template", "spec"]))

  private static let controllerRevision = TableLayout([
    .name,
    CellColumn("Controller", "Object whose revision this is") { object, _ in
      let owner = object["metadata"]?["ownerReferences"]?.arrayValue?.first { $0["controller"] == true }
      guard let owner, let kind = owner["kind"]?.stringValue else { return .string(CellText.none) }
      let group = owner["apiVersion"]?.stringValue?.split(separator: "/").dropLast().first.map { ".\($0)" } ?? ""
      return .string("\(kind.lowercased())\(group)/\(owner["name"]?.stringValue ?? "")")
    }, .count("Revision", type: "string", "Number of the revision", ["revision"]), .age,
  ])

  private static let job = TableLayout(
    [
      .name, CellColumn("Status", "What became of the job") { object, _ in .string(jobStatus(object)) },
      CellColumn("Completions", "Pods that ended well, of those wanted") { object, _ in .string(completions(object)) },
      CellColumn("Duration", "How long the job took, or has taken so far") { object, now in
        guard let start = time(object["status"]?["startTime"]) else { return "" }
        return .string(HumanDuration.text((time(object["status"]?["completionTime"]) ?? now) - start))
      }, .age,
    ] + containers(["spec", "template", "spec"]) + [selector])

  private static let cronJob = TableLayout(
    [
      .name, .text("Schedule", "When jobs are begun", ["spec", "schedule"]),
      .text("Timezone", "Zone in which the schedule is read", ["spec", "timeZone"], absent: CellText.none),
      CellColumn("Suspend", "Whether no further jobs are begun") { object, _ in
        .string(CellText.bool(object["spec"]?["suspend"]))
      },
      CellColumn("Active", "integer", "Jobs that run now") { object, _ in
        .integer(Int64(object["status"]?["active"]?.arrayValue?.count ?? 0))
      },
      CellColumn("Last Schedule", "Time since a job was last begun") { object, now in
        let last = object["status"]?["lastScheduleTime"]?.stringValue
        return .string(last == nil ? CellText.none : HumanDuration.since(last, now))
      }, .age,
    ] + containers(["spec", "jobTemplate", "spec", "template", "spec"]) + [
      CellColumn("Selector", "Labels of the pods", priority: 1) { object, _ in
        .string(CellText.selector(object[path: ["spec", "jobTemplate", "spec", "selector"]]))
      }
    ])

  private static func time(_ value: JSONValue?) -> Timestamp? { value?.stringValue.flatMap { Timestamp(rfc3339: $0) } }

  private static func jobStatus(_ job: JSONValue) -> String {
    let conditions = (job["status"]?["conditions"]?.arrayValue ?? []).filter { $0["status"] == "True" }
    func has(_ type: String) -> Bool { conditions.contains { $0["type"]?.stringValue == type } }
    if has("Complete") { return "Complete" }
    if has("Failed") { return "Failed" }
    if job["metadata"]?["deletionTimestamp"]?.stringValue != nil { return "Terminating" }
    for type in ["Suspended", "FailureTarget", "SuccessCriteriaMet"] where has(type) { return type }
    return "Running"
  }

  private static func completions(_ job: JSONValue) -> String {
    let succeeded = job["status"]?["succeeded"]?.integerValue ?? 0
    if let wanted = job["spec"]?["completions"]?.integerValue { return "\(succeeded)/\(wanted)" }
    let parallelism = job["spec"]?["parallelism"]?.integerValue ?? 0
    return parallelism > 1 ? "\(succeeded)/1 of \(parallelism)" : "\(succeeded)/1"
  }

  private static let selector = CellColumn("Selector", "Labels of the pods that belong to it", priority: 1) {
    object, _ in
    let selector = object["spec"]?["selector"]
    // Replication controllers have labels where the others have a selector.
    if object["kind"] == "ReplicationController" { return .string(CellText.labels(selector)) }
    return .string(CellText.selector(selector))
  }

  private static func containers(_ path: [String]) -> [CellColumn] {
    @Sendable func list(_ object: JSONValue, _ member: String) -> JSONValue {
      let containers = object[path: path + ["containers"]]?.arrayValue ?? []
      return .string(containers.map { $0[member]?.stringValue ?? "" }.joined(separator: ","))
    }
    return [
      CellColumn("Containers", "Names of the containers", priority: 1) { object, _ in list(object, "name") },
      CellColumn("Images", "Images of the containers", priority: 1) { object, _ in list(object, "image") },
    ]
  }
}
