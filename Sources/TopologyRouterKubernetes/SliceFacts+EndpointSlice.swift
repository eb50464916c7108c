import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import TopologyRouter

extension SliceFacts {
  /// Reads a `discovery.k8s.io` EndpointSlice, v1 or v1beta1.
  ///
  /// - Returns: nil for a slice without the label that ties it to a service. Members that a newer Kubernetes added are
  ///   passed over (FF-15), and so is a single endpoint or port that cannot be read: the others stay reachable.
  public init?(endpointSlice slice: UnstructuredObject) throws(RoutingFactsError) {
    guard slice.kind == "EndpointSlice" else { throw .wrongKind(slice, expected: "EndpointSlice") }
    let (namespace, name) = try slice.metadata.requiredNamespacedName()
    guard let service = slice.metadata.labels[TopologyKeys.sliceService], !service.isEmpty else { return nil }
    // Names cannot be dialled: Kubernetes deprecated the FQDN address type before any proxy supported it.
    let isDialable = slice["addressType"]?.stringValue != "FQDN"
    let ports = slice["ports"]?.arrayValue?.compactMap(EndpointPort.init) ?? []
    let endpoints = isDialable ? slice["endpoints"]?.arrayValue ?? [] : []
    self.init(
      id: SliceID(namespace: namespace, name: name), service: ServiceID(namespace: namespace, name: service),
      endpoints: endpoints.compactMap { EndpointFacts($0, ports: ports) })
  }
}

extension EndpointPort {
  /// Nil for a port without a number, which stands for "all ports" and serves no service port.
  init?(_ port: JSONValue) {
    guard let number = port["port"]?.portNumber,
      let transport = TransportProtocol(rawValue: port["protocol"]?.stringValue ?? "TCP")
    else { return nil }
    self.init(name: ServicePortName(port["name"]?.stringValue ?? ""), port: number, transport: transport)
  }
}

extension EndpointFacts {
  /// One endpoint of a slice. Its addresses are interchangeable by definition; the first one is used, as kube-proxy does.
  init?(_ endpoint: JSONValue, ports: [EndpointPort]) {
    guard let address = endpoint["addresses"]?[0]?.stringValue, !address.isEmpty else { return nil }
    let topology = (endpoint["topology"] ?? endpoint["deprecatedTopology"])?.objectValue ?? [:]
    let labels = Dictionary(
      topology.compactMap { member in member.value.stringValue.map { (member.key, $0) } },
      uniquingKeysWith: { _, last in last })
    // v1beta1 names the node in the topology map.
    let node = endpoint["nodeName"]?.stringValue ?? labels["kubernetes.io/hostname"]
    let conditions = endpoint["conditions"]
    self.init(
      address: address, ports: ports, nodeName: node.flatMap { try? NodeName($0) },
      zone: endpoint["zone"]?.stringValue ?? labels[TopologyKeys.zone],
      // A condition that is not stated is unknown, which consumers read as ready.
      isReady: conditions?["ready"]?.boolValue ?? true, isServing: conditions?["serving"]?.boolValue,
      isTerminating: conditions?["terminating"]?.boolValue ?? false,
      zoneHints: Self.hintNames(endpoint["hints"]?["forZones"]),
      nodeHints: Self.hintNames(endpoint["hints"]?["forNodes"]), topologyLabels: labels,
      podName: endpoint["targetRef"]?.podName)
  }

  private static func hintNames(_ hints: JSONValue?) -> Set<String> {
    Set(hints?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? [])
  }
}

extension JSONValue {
  /// The name in a reference to a pod.
  var podName: String? { self["kind"]?.stringValue == "Pod" ? self["name"]?.stringValue : nil }
}
