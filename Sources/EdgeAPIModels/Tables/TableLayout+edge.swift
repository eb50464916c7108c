import EdgeJSON
import EdgePrimitives

/// KubeEdge's definitions name no columns, so that its objects show their age only; what else is worth seeing is in the
/// wide view here. OpenYurt's columns are those of its definitions.
extension TableLayout {
  static func kubeEdge(_ gvk: GroupVersionKind) -> TableLayout? {
    switch (gvk.group, gvk.kind) {
    case ("devices.kubeedge.io", "Device"):
      wide([
        ("Model", "string", ".spec.deviceModelRef.name"), ("Node", "string", ".spec.nodeName"),
        ("Protocol", "string", ".spec.protocol.protocolName"),
      ])
    case ("devices.kubeedge.io", "DeviceModel"): wide([("Protocol", "string", ".spec.protocol")])
    case ("devices.kubeedge.io", "DeviceStatus"): deviceStatus
    case ("apps.kubeedge.io", "NodeGroup"), ("apps.kubeedge.io", "EdgeApplication"): wide([])
    case ("rules.kubeedge.io", "Rule"):
      wide([("Source", "string", ".spec.source"), ("Target", "string", ".spec.target")])
    case ("rules.kubeedge.io", "RuleEndpoint"): wide([("Type", "string", ".spec.ruleEndpointType")])
    case ("operations.kubeedge.io", _):
      wide([("Phase", "string", gvk.version == "v1alpha1" ? ".status.state" : ".status.phase")])
    case ("reliablesyncs.kubeedge.io", _):
      wide([
        ("Kind", "string", ".spec.objectKind"), ("Object", "string", ".spec.objectName"),
        ("Version", "string", ".status.objectResourceVersion"),
      ])
    case ("policy.kubeedge.io", _): wide([])
    default: nil
    }
  }

  static func openYurt(_ gvk: GroupVersionKind) -> TableLayout? {
    switch (gvk.group, gvk.kind) {
    case ("apps.openyurt.io", "NodePool"): nodePool(gvk.version)
    case ("apps.openyurt.io", "YurtAppSet") where gvk.version == "v1beta1":
      columns([
        ("TOTAL", "integer", ".status.totalWorkloads"), ("READY", "integer", ".status.readyWorkloads"),
        ("UPDATED", "integer", ".status.updatedWorkloads"), ("AGE", "date", ".metadata.creationTimestamp"),
      ])
    case ("apps.openyurt.io", "YurtAppSet"), ("apps.openyurt.io", "UnitedDeployment"):
      columns(
        [
          ("READY", "integer", ".status.readyReplicas"), ("WorkloadTemplate", "string", ".status.templateType"),
          ("AGE", "date", ".metadata.creationTimestamp"),
        ] + (gvk.kind == "YurtAppSet" ? [("OverriderRef", "string", ".status.overriderRef")] : []))
    case ("apps.openyurt.io", "YurtAppDaemon"):
      columns([
        ("WorkloadTemplate", "string", ".status.templateType"), ("AGE", "date", ".metadata.creationTimestamp"),
        ("OverriderRef", "string", ".status.overriderRef"),
      ])
    case ("apps.openyurt.io", "YurtAppOverrider"):
      columns([
        ("Subject", "string", ".subject.kind"), ("Name", "string", ".subject.name"),
        ("AGE", "date", ".metadata.creationTimestamp"),
      ])
    case ("apps.openyurt.io", "YurtStaticSet"):
      columns([
        ("AGE", "date", ".metadata.creationTimestamp"), ("Total", "integer", ".status.totalNumber"),
        ("Ready", "integer", ".status.readyNumber"), ("Upgraded", "integer", ".status.upgradedNumber"),
      ])
    case ("apps.openyurt.io", "NodeBucket"):
      columns([("NUM-NODES", "integer", ".numNodes"), ("AGE", "date", ".metadata.creationTimestamp")])
    case ("network.openyurt.io", "PoolService"): columns([("AGE", "date", ".metadata.creationTimestamp")])
    case ("raven.openyurt.io", "Gateway"):
      gvk.version == "v1alpha1"
        ? columns([("ActiveEndpoint", "string", ".status.activeEndpoint.nodeName")]) : TableLayout([PrinterColumn]())
    default: nil
    }
  }

  private static func nodePool(_ version: String) -> TableLayout {
    let leaders = [
      ("LeaderNodes", "integer", ".status.leaderNum"), ("LeaderElectionAge", "date", ".status.leaderLastElectedTime"),
    ]
    return columns(
      [
        ("Type", "string", ".spec.type"), ("ReadyNodes", "integer", ".status.readyNodeNum"),
        ("NotReadyNodes", "integer", ".status.unreadyNodeNum"),
      ] + (version == "v1beta2" ? leaders : []) + [("Age", "date", ".metadata.creationTimestamp")])
  }

  private static func columns(_ columns: [(String, String, String)]) -> TableLayout {
    TableLayout(columns.map { PrinterColumn(name: $0.0, type: $0.1, jsonPath: $0.2) })
  }

  private static func wide(_ columns: [(String, String, String)]) -> TableLayout {
    let further = columns.map { PrinterColumn(name: $0.0, type: $0.1, priority: 1, jsonPath: $0.2) }
    return TableLayout(
      [PrinterColumn(name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp")] + further)
  }

  private static let deviceStatus = TableLayout([
    .name, .printer(PrinterColumn(name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp")),
    .text("State", "What the device's driver says of it", ["status", "state"], priority: 1),
    CellColumn("Twins", "Reported values", priority: 1) { object, _ in
      let twins = (object["status"]?["twins"]?.arrayValue ?? []).map { twin in
        "\(twin["propertyName"]?.stringValue ?? "")=\(twin["reported"]?["value"]?.stringValue ?? CellText.none)"
      }
      return .string(twins.joined(separator: ","))
    },
  ])
}
