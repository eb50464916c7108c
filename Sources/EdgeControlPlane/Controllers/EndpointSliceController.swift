#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON

/// Service with a selector -> one EndpointSlice with the addresses of its pods, where they run and whether they are ready.
struct EndpointSliceController: Controller {
  let name = "endpointslice-controller"
  let registry: ObjectRegistry
  let view: ClusterView

  private static let serviceLabel = "kubernetes.io/service-name"

  func affected(by change: ClusterView.Change, view: ClusterView) -> [ObjectKey] {
    switch change.key.resource {
    case .services: [change.key]
    case .endpointSlices:
      (change.new ?? change.old)?.metadata.labels[Self.serviceLabel].map {
        [ObjectKey(resource: .services, namespace: change.key.namespace, name: $0)]
      } ?? []
    case .pods:
      view.objects(of: .services, namespace: change.key.namespace).filter { service in
        [change.old, change.new].contains { $0.map { selects(service, $0) } ?? false }
      }.map(\.registryKey)
    default: []
    }
  }

  func reconcile(_ key: ObjectKey) async throws(APIError) {
    guard let service = view.object(key), service.metadata.deletionTimestamp == nil else { return }
    guard service["spec", "selector"]?.objectValue?.isEmpty == false else { return }
    let pods = view.objects(of: .pods, namespace: key.namespace).filter { selects(service, $0) }
    let endpoints = pods.compactMap(endpoint).filter(isWritable)
    let ports = (service["spec", "ports"]?.arrayValue ?? []).compactMap { port(of: $0, pods: pods) }
    let sliceKey = ObjectKey(resource: .endpointSlices, namespace: key.namespace, name: "\(key.name)-edge")
    var slice = UnstructuredObject(
      apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", name: sliceKey.name, namespace: key.namespace)
    slice.metadata.labels = [
      Self.serviceLabel: key.name, "endpointslice.kubernetes.io/managed-by": "edge-endpointslice-controller",
    ]
    slice.metadata.ownerReferences = [service.controllerReference]
    slice["addressType"] = "IPv4"
    slice["endpoints"] = .array(endpoints)
    slice["ports"] = .array(ports)
    do throws(APIError) {
      _ = try await registry.mutate(sliceKey) { (current) throws(APIError) in
        current["endpoints"] = slice["endpoints"]
        current["ports"] = slice["ports"]
        return true
      }
    } catch {
      guard error.code == .notFound else { throw error }
      _ = try await registry.create(slice)
    }
  }

  private func selects(_ service: UnstructuredObject, _ pod: UnstructuredObject) -> Bool {
    guard let selector = service["spec", "selector"]?.objectValue, !selector.isEmpty else { return false }
    let labels = pod.metadata.labels
    return selector.allSatisfy { labels[$0.key] == $0.value.stringValue }
  }

  private func endpoint(_ pod: UnstructuredObject) -> JSONValue? {
    let phase = pod["status", "phase"]?.stringValue
    guard let address = pod["status", "podIP"]?.stringValue, let node = pod["spec", "nodeName"]?.stringValue,
      phase != "Succeeded", phase != "Failed"
    else { return nil }
    let isTerminating = pod.metadata.deletionTimestamp != nil
    var endpoint: JSONValue = [
      "addresses": [.string(address)],
      "conditions": [
        "ready": .bool(pod.isReady && !isTerminating), "serving": .bool(pod.isReady),
        "terminating": .bool(isTerminating),
      ],
      "nodeName": .string(node),
      "targetRef": [
        "kind": "Pod", "namespace": .string(pod.metadata.namespace ?? "default"),
        "name": .string(pod.metadata.name ?? ""), "uid": .string(pod.metadata.uid ?? ""),
      ],
    ]
    let zone = view.object(ObjectKey(resource: .nodes, namespace: nil, name: node))?.metadata
      .labels["topology.kubernetes.io/zone"]
    if let zone { endpoint["zone"] = .string(zone) }
    return endpoint
  }

  /// Addresses come from the nodes; one that is no IPv4 address must not cost the service its other endpoints.
  private func isWritable(_ endpoint: JSONValue) -> Bool {
    var slice = UnstructuredObject(apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", name: "probe")
    slice["addressType"] = "IPv4"
    slice["endpoints"] = [endpoint]
    return ObjectValidation.validate(slice).isEmpty
  }

  private func port(of port: JSONValue, pods: [UnstructuredObject]) -> JSONValue? {
    let target = port["targetPort"] ?? port["port"]
    let number: Int64?
    if let name = target?.stringValue {
      number =
        pods.lazy.flatMap { $0["spec", "containers"]?.arrayValue ?? [] }
        .flatMap { $0["ports"]?.arrayValue ?? [] }
        .first { $0["name"]?.stringValue == name }?["containerPort"]?.integerValue
    } else {
      number = target?.integerValue
    }
    guard let number else { return nil }
    return ["name": port["name"] ?? "", "protocol": port["protocol"] ?? "TCP", "port": .integer(number)]
  }
}
#endif
