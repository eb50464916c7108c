#if Networking && canImport(Glibc)
import DeviceTwinKit
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import TopologyRouter
import TopologyRouterProxy

extension NodeAgent {
  /// What this node knows of itself, for people and tools that look at it locally: the mode and why, what runs, what the
  /// devices say, where calls go and for what reason.
  public func statusDocument() -> JSONValue {
    let mode = autonomyMode
    var modeDocument: JSONValue = ["name": .string(mode.name.rawValue), "since": .string(mode.since.wall.rfc3339)]
    if let reason = mode.reason { modeDocument["reason"] = .string(reason) }
    return [
      "node": .string(nodeName.rawValue), "mode": modeDocument, "objects": .integer(Int64(cache.count)),
      "epoch": .string(cache.inventory().epoch), "pendingReports": .integer(Int64(link.pendingCount)),
      "pods": .array(cache.servedObjects(of: .pods).map(podDocument)),
      "devices": .array(devices.twins.sorted { $0.key < $1.key }.map { deviceDocument($0.key, $0.value) }),
      "services": .array(serviceDocuments()),
    ]
  }

  private func podDocument(_ pod: UnstructuredObject) -> JSONValue {
    let key = try? pod.key()
    let containers = key.flatMap { pods.running[$0] } ?? []
    return [
      "namespace": .string(pod.metadata.namespace ?? ""), "name": .string(pod.metadata.name ?? ""),
      "uid": .string(pod.metadata.uid ?? ""), "phase": pod["status", "phase"] ?? "Pending",
      "podIP": pod["status", "podIP"] ?? "",
      "containers": .array(
        containers.map {
          ["name": .string($0.container), "pid": .integer(Int64($0.pid)), "attempt": .integer(Int64($0.attempt))]
        }),
      "containerStatuses": pod["status", "containerStatuses"] ?? [],
    ]
  }

  private func deviceDocument(_ key: ObjectKey, _ twin: DeviceTwin) -> JSONValue {
    [
      "namespace": .string(key.namespace ?? ""), "name": .string(key.name), "state": .string(twin.state.rawValue),
      "twins": TwinReport(of: twin).deviceStatusTwins,
    ]
  }

  private func serviceDocuments() -> [JSONValue] {
    let listeners = routing.listeners
    return routing.decisions.map { decision in
      let listener = listeners.first { $0.service == decision.service && $0.portName == decision.port }
      var document: JSONValue = [
        "namespace": .string(decision.service.namespace), "name": .string(decision.service.name),
        "port": .string(decision.port.rawValue), "scope": .string("\(decision.scope)"),
        "targets": .array(decision.targets.map { .string("\($0)") }), "explanation": .string("\(decision)"),
      ]
      if let listener { document["address"] = .string("\(listener.listenAddress):\(listener.listenPort)") }
      return document
    }
  }
}
#endif
