import EdgeAPIModels
import EdgeJSON
import TopologyRouter

extension ServiceFacts {
  /// Reads a `v1` Service with OpenYurt's topology annotation.
  public init(service: UnstructuredObject) throws(RoutingFactsError) {
    guard service.kind == "Service" else { throw .wrongKind(service, expected: "Service") }
    let (namespace, name) = try service.metadata.requiredNamespacedName()
    var ports: [ServicePort] = []
    for (index, port) in (service["spec", "ports"]?.arrayValue ?? []).enumerated() {
      ports.append(try ServicePort(port, field: "spec.ports[\(index)]"))
    }
    self.init(
      id: ServiceID(namespace: namespace, name: name), ports: ports,
      clusterIP: service["spec", "clusterIP"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 },
      topology: TopologyPolicy(service: service))
  }
}

extension TopologyPolicy {
  /// Reads what a Service says about topology. Values of a newer Kubernetes that are not known here constrain nothing.
  init(service: UnstructuredObject) {
    let annotation = service.metadata.annotations[TopologyKeys.serviceTopology].flatMap { $0.isEmpty ? nil : $0 }
    self.init(
      openYurtKey: annotation.map(OpenYurtTopologyKey.init(annotation:)),
      orderedKeys: service["spec", "topologyKeys"]?.arrayValue?.compactMap(\.stringValue) ?? [],
      internalTrafficPolicy: service["spec", "internalTrafficPolicy"]?.stringValue == "Local" ? .local : .cluster,
      trafficDistribution: service["spec", "trafficDistribution"]?.stringValue.flatMap(TrafficDistribution.init(spec:)))
  }
}

extension TrafficDistribution {
  init?(spec value: String) { self.init(rawValue: value == "PreferClose" ? "PreferSameZone" : value) }
}

extension ServicePort {
  init(_ port: JSONValue, field: String) throws(RoutingFactsError) {
    guard let number = port["port"]?.portNumber else {
      throw RoutingFactsError(
        code: .invalidField, field: field + ".port", message: "must be between 1 and 65535, inclusive")
    }
    guard let transport = TransportProtocol(rawValue: port["protocol"]?.stringValue ?? "TCP") else {
      throw RoutingFactsError(
        code: .invalidField, field: field + ".protocol", message: "Unsupported value: supported values: SCTP, TCP, UDP")
    }
    let target: Target? =
      switch port["targetPort"] {
      case .string(let name)? where !name.isEmpty: .name(name)
      case let value?: value.portNumber.map(Target.number)
      case nil: nil
      }
    self.init(
      name: ServicePortName(port["name"]?.stringValue ?? ""), port: number, transport: transport, target: target)
  }
}

extension JSONValue {
  /// The value as a port; nil unless it is an integer from 1 to 65535.
  var portNumber: UInt16? { integerValue.flatMap(UInt16.init(exactly:)).flatMap { $0 == 0 ? nil : $0 } }
}
