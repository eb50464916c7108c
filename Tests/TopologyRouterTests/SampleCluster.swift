import EdgePrimitives
import TopologyRouter

/// Short spellings for the clusters that the tests talk about.
enum Sample {
  static let service = ServiceID(namespace: "default", name: "web")

  static func node(
    _ name: String, pool: String? = nil, zone: String? = nil, labels: [String: String] = [:]
  ) throws -> NodeFacts {
    NodeFacts(name: try NodeName(name), labels: labels, pool: try pool.map { try PoolName($0) }, zone: zone)
  }

  static func endpoint(
    _ address: String, on node: String? = nil, port: UInt16 = 8080, portName: ServicePortName = .unnamed,
    isReady: Bool = true, isServing: Bool? = nil, isTerminating: Bool = false, zoneHints: Set<String> = [],
    nodeHints: Set<String> = []
  ) throws -> EndpointFacts {
    EndpointFacts(
      address: address, ports: [EndpointPort(name: portName, port: port)], nodeName: try node.map { try NodeName($0) },
      isReady: isReady, isServing: isServing, isTerminating: isTerminating, zoneHints: zoneHints,
      nodeHints: nodeHints)
  }

  static func slice(_ endpoints: [EndpointFacts], name: String = "web-1", of service: ServiceID = service) -> SliceFacts
  {
    SliceFacts(id: SliceID(namespace: service.namespace, name: name), service: service, endpoints: endpoints)
  }

  static func service(_ topology: TopologyPolicy = .none, id: ServiceID = service) -> ServiceFacts {
    ServiceFacts(id: id, ports: [ServicePort(port: 80, target: .number(8080))], topology: topology)
  }

  /// Two pools: hangzhou with n1 and n2, beijing with n3; one endpoint on each node.
  static func twoPools(_ topology: TopologyPolicy, policy: RoutingPolicy = RoutingPolicy()) throws -> RoutingTable {
    RoutingTable(
      policy: policy,
      [
        .pool(PoolFacts(name: try PoolName("hangzhou"), members: .byNodeLabel)),
        .pool(PoolFacts(name: try PoolName("beijing"), members: .byNodeLabel)),
        .node(try node("n1", pool: "hangzhou")), .node(try node("n2", pool: "hangzhou")),
        .node(try node("n3", pool: "beijing")), .service(service(topology)),
        .slice(
          slice([
            try endpoint("10.0.0.1", on: "n1"), try endpoint("10.0.0.2", on: "n2"), try endpoint("10.0.0.3", on: "n3"),
          ])),
      ])
  }
}

extension RoutingTable {
  /// The addresses chosen for the unnamed port of the sample service.
  func addresses(from node: String, of service: ServiceID = Sample.service) throws -> [String] {
    decision(for: service, from: try NodeName(node)).chosen.map(\.address)
  }
}
