#if Networking && SQLite && YAML
import EdgeAPIModels
import EdgeJSON
import EdgePrimitives

/// The columns that kubectl shows for the kinds of this topology.
struct ObjectTable {
  private var rows: [[String]]

  init(_ objects: [UnstructuredObject], type: ResourceType, showsNamespace: Bool, now: Timestamp) {
    let columns = Self.columns(of: type.gvk.kind)
    rows = [(showsNamespace ? ["NAMESPACE"] : []) + ["NAME"] + columns.map(\.title) + ["AGE"]]
    for object in objects {
      let age = object.metadata.creationTimestamp.map { Self.age(now - $0) } ?? "<unknown>"
      let place = showsNamespace ? [object.metadata.namespace ?? ""] : []
      rows.append(place + [object.metadata.name ?? ""] + columns.map { $0.value(object) } + [age])
    }
  }

  init(rows: [[String]]) { self.rows = rows }

  /// Columns padded to their widest cell.
  var text: String {
    var widths: [Int] = []
    for row in rows {
      for (index, cell) in row.enumerated() {
        if index == widths.count { widths.append(0) }
        widths[index] = max(widths[index], cell.count)
      }
    }
    return rows.map { row in
      row.enumerated().map { index, cell in
        index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count + 3)
      }.joined()
    }.joined(separator: "\n")
  }

  private struct Column {
    let title: String
    let value: (UnstructuredObject) -> String

    init(_ title: String, _ value: @escaping (UnstructuredObject) -> String) {
      self.title = title
      self.value = value
    }

    init(_ title: String, path: String...) {
      self.init(title) { object in
        let value = JSONValue.object(object.content)[path: path]
        return value?.stringValue ?? value?.integerValue.map { String($0) } ?? "<none>"
      }
    }
  }

  private static func columns(of kind: String) -> [Column] {
    switch kind {
    case "Pod":
      [
        Column("READY") { pod in
          let statuses = pod["status", "containerStatuses"]?.arrayValue ?? []
          let all = pod["spec", "containers"]?.arrayValue?.count ?? 0
          return "\(statuses.count { $0["ready"]?.boolValue == true })/\(all)"
        },
        Column("STATUS", podStatus),
        Column("RESTARTS") { pod in
          String(
            (pod["status", "containerStatuses"]?.arrayValue ?? []).reduce(0) {
              $0 + ($1["restartCount"]?.integerValue ?? 0)
            })
        },
        Column("NODE", path: "spec", "nodeName"),
      ]
    case "Node":
      [
        Column("STATUS") { node in
          let ready = node["status", "conditions"]?.arrayValue?.first { $0["type"]?.stringValue == "Ready" }
          return ready?["status"]?.stringValue == "True" ? "Ready" : "NotReady"
        },
        Column("POOL") { $0.metadata.labels["apps.openyurt.io/nodepool"] ?? "<none>" },
        Column("VERSION", path: "status", "nodeInfo", "kubeletVersion"),
      ]
    case "Deployment":
      [
        Column("READY") { deployment in
          let ready = deployment["status", "readyReplicas"]?.integerValue ?? 0
          return "\(ready)/\(deployment["spec", "replicas"]?.integerValue ?? 1)"
        }
      ]
    case "NodePool":
      [
        Column("TYPE", path: "spec", "type"), Column("READYNODES", path: "status", "readyNodeNum"),
        Column("NOTREADYNODES", path: "status", "unreadyNodeNum"),
      ]
    case "Device":
      [Column("MODEL", path: "spec", "deviceModelRef", "name"), Column("NODE", path: "spec", "nodeName")]
    case "DeviceStatus":
      [
        Column("STATE", path: "status", "state"),
        Column("TWINS") { status in
          (status["status", "twins"]?.arrayValue ?? []).map { twin in
            "\(twin["propertyName"]?.stringValue ?? "")=\(twin["reported"]?["value"]?.stringValue ?? "<none>")"
          }.joined(separator: ",")
        },
      ]
    default: []
    }
  }

  private static func podStatus(_ pod: UnstructuredObject) -> String {
    if pod.metadata.deletionTimestamp != nil { return "Terminating" }
    for container in pod["status", "containerStatuses"]?.arrayValue ?? [] {
      if let reason = container["state"]?["waiting"]?["reason"]?.stringValue { return reason }
    }
    return pod["status", "phase"]?.stringValue ?? "Pending"
  }

  private static func age(_ duration: Duration) -> String {
    let seconds = max(0, duration.components.seconds)
    return switch seconds {
    case ..<120: "\(seconds)s"
    case ..<7200: "\(seconds / 60)m"
    case ..<172_800: "\(seconds / 3600)h"
    default: "\(seconds / 86_400)d"
    }
  }
}
#endif
