import EdgeJSON
import EdgePrimitives

extension TableLayout {
  static let pod = TableLayout(
    columns: [
      CellColumn.name.column,
      TableColumn(name: "Ready", type: "string", description: "Containers that are ready, of all"),
      TableColumn(name: "Status", type: "string", description: "What the containers of the pod do, in a word"),
      TableColumn(name: "Restarts", type: "string", description: "Restarts of all containers, and the latest one"),
      CellColumn.age.column,
      TableColumn(name: "IP", type: "string", description: "Address of the pod", priority: 1),
      TableColumn(name: "Node", type: "string", description: "Node that the pod is bound to", priority: 1),
      TableColumn(
        name: "Nominated Node", type: "string", description: "Node on which room is made for the pod", priority: 1),
      TableColumn(
        name: "Readiness Gates", type: "string", description: "Further conditions that hold, of all", priority: 1),
    ],
    conditions: podConditions, cells: podCells)

  @Sendable private static func podConditions(_ pod: JSONValue) -> [JSONValue] {
    switch pod["status"]?["phase"]?.stringValue {
    case "Succeeded": [completed("Succeeded", "All containers have ended well.")]
    case "Failed": [completed("Failed", "A container has failed, and none runs any more.")]
    default: []
    }
  }

  @Sendable private static func podCells(_ pod: JSONValue, _ now: Timestamp) -> [JSONValue] {
    let summary = PodSummary(pod)
    let restarted = summary.lastRestart.map { " (\(HumanDuration.text(now - $0)) ago)" } ?? ""
    return [
      CellColumn.name.cell(pod, now), .string("\(summary.ready)/\(summary.total)"), .string(summary.status),
      .string("\(summary.restarts)\(summary.restarts > 0 ? restarted : "")"), CellColumn.age.cell(pod, now),
      .string(address(pod)), .string(nonEmpty(pod["spec"]?["nodeName"])),
      .string(nonEmpty(pod["status"]?["nominatedNodeName"])), .string(gates(pod)),
    ]
  }

  private static func completed(_ reason: String, _ message: String) -> JSONValue {
    ["type": "Completed", "status": "True", "reason": .string(reason), "message": .string(message)]
  }

  private static func nonEmpty(_ value: JSONValue?) -> String {
    value?.stringValue.flatMap { $0.isEmpty ? nil : $0 } ?? CellText.none
  }

  private static func address(_ pod: JSONValue) -> String {
    nonEmpty(pod["status"]?["podIPs"]?[0]?["ip"] ?? pod["status"]?["podIP"])
  }

  private static func gates(_ pod: JSONValue) -> String {
    let gates = pod["spec"]?["readinessGates"]?.arrayValue ?? []
    if gates.isEmpty { return CellText.none }
    let conditions = pod["status"]?["conditions"]?.arrayValue ?? []
    let held = gates.count { gate in
      conditions.contains { $0["type"] == gate["conditionType"] && $0["status"] == "True" }
    }
    return "\(held)/\(gates.count)"
  }
}
