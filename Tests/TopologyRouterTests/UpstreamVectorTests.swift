import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import EdgeTestKit
import Testing
import TopologyRouter
import TopologyRouterKubernetes

/// Tables that the upstream implementations answered.
@Suite struct UpstreamVectorTests {
  @Test("endpoints are categorised as kube-proxy does")
  func categorizeEndpoints() throws {
    let summary = try VectorRunner("kubeproxy-categorize-endpoints").run { vector in
      let endpoints = try (vector["endpoints"].arrayValue ?? []).map { try Self.proxyEndpoint($0) }
      var uses: EndpointCategories.Uses = []
      if vector["usesClusterEndpoints"].boolValue == true { uses.insert(.cluster) }
      if vector["usesLocalEndpoints"].boolValue == true { uses.insert(.local) }
      let categories = EndpointCategories(
        endpoints, node: try NodeName(vector["node"].stringValue ?? ""),
        zone: vector["topologyLabels"][TopologyKeys.zone]?.stringValue, uses: uses,
        hints: vector["preferSameTrafficDistributionGate"].boolValue == true ? .zonesAndNodes : .zones)
      try vector.expect(categories.cluster.map(\.address), equals: strings(vector["cluster"]), "cluster")
      try vector.expect(categories.local.map(\.address), equals: strings(vector["local"]), "local")
      // Upstream merges through a map, so its order is any order.
      try vector.expect(
        categories.allReachable.map(\.address).sorted(), equals: strings(vector["allReachable"]).sorted(), "all")
      try vector.expect(categories.hasAnyEndpoints, equals: vector["hasAnyEndpoints"].boolValue ?? false, "any")
      try vector.expect(
        categories.hintedPreference?.rawValue ?? "", equals: vector["topologyMode"].stringValue ?? "", "mode")
    }
    #expect(summary.failures.isEmpty, "\(summary)")
    #expect(summary.passed > 0)
  }

  @Test("ordered topology keys decide as in Kubernetes 1.20")
  func topologyKeys() throws {
    let summary = try VectorRunner("kubeproxy-1.20-topology-keys").run { vector in
      let endpoints = (vector["endpoints"].arrayValue ?? []).map { endpoint in
        EndpointFacts(address: text(endpoint["addr"]), ports: [], topologyLabels: labels(endpoint["topology"]))
      }
      let service = ServiceFacts(
        id: Sample.service, ports: [], topology: .orderedKeys(strings(vector["topologyKeys"])))
      var selection = Selection(
        service: service, vantage: try Sample.node("n", labels: labels(vector["nodeLabels"])), endpoints: endpoints)
      OrderedTopologyKeysRule().apply(to: &selection, in: ClusterTopology())
      try vector.expect(selection.remaining.map(\.address), equals: strings(vector["result"]))
    }
    #expect(summary.failures.isEmpty, "\(summary)")
    #expect(summary.passed > 0)
  }

  /// The slice goes through the object mapping, so the table covers annotation, labels and endpoints as they are written.
  @Test("OpenYurt's topology filter keeps the same endpoints of a slice")
  func serviceTopologyFilter() throws {
    let topology = try Self.openYurtPools()
    let summary = try VectorRunner("openyurt-servicetopology-filter").run { vector in
      var object = UnstructuredObject(
        apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", name: "slice", namespace: "default")
      object["endpoints"] = vector["endpoints"]
      object["metadata", "labels"] = vector["sliceLabels"]
      let kept: [String]
      if let slice = try SliceFacts(endpointSlice: object), vector["serviceInCache"].boolValue == true {
        var selection = Selection(
          service: try Self.annotatedService(vector["annotation"]),
          vantage: try Sample.node(text(vector["nodeName"]), pool: text(vector["nodePoolName"])),
          endpoints: slice.endpoints)
        let poolTopology = vector["poolTopologyEnabled"].boolValue == true
        OpenYurtTopologyRule(poolTopology: poolTopology ? .enabled : .disabled).apply(to: &selection, in: topology)
        kept = selection.remaining.map(\.address)
      } else {
        // A slice of no known service has no topology to obey.
        kept = (vector["endpoints"].arrayValue ?? []).map { text($0["addresses"]?[0]) }
      }
      try vector.expect(kept, equals: strings(vector["keptAddresses"]))
    }
    #expect(summary.failures.isEmpty, "\(summary)")
    #expect(summary.passed > 0)
  }

  private static func proxyEndpoint(_ endpoint: JSONValue) throws -> EndpointFacts {
    EndpointFacts(
      address: text(endpoint["addr"]), ports: [], nodeName: try NodeName(text(endpoint["node"])),
      isReady: endpoint["ready"]?.boolValue ?? false, isServing: endpoint["serving"]?.boolValue ?? false,
      isTerminating: endpoint["terminating"]?.boolValue ?? false, zoneHints: Set(strings(endpoint["zoneHints"])),
      nodeHints: Set(strings(endpoint["nodeHints"])))
  }

  private static func annotatedService(_ annotation: JSONValue) throws -> ServiceFacts {
    var service = UnstructuredObject(apiVersion: "v1", kind: "Service", name: "svc", namespace: "default")
    service["metadata", "annotations", TopologyKeys.serviceTopology] = annotation
    return try ServiceFacts(service: service)
  }

  /// The pools of the table: hz has n1 and n2, bj has n3, one is empty; any other name fails the lookup.
  private static func openYurtPools() throws -> ClusterTopology {
    let pools: [(String, [String])] = [("hz", ["n1", "n2"]), ("bj", ["n3"]), ("empty", [])]
    let changes = try pools.map { name, nodes in
      RoutingChange.pool(
        PoolFacts(name: try PoolName(name), members: .listed(Set(try nodes.map { try NodeName($0) }))))
    }
    return RoutingTable(changes).topology
  }
}

private func text(_ value: JSONValue?) -> String { value?.stringValue ?? "" }
private func strings(_ value: JSONValue?) -> [String] { value?.arrayValue?.compactMap(\.stringValue) ?? [] }
private func labels(_ value: JSONValue?) -> [String: String] {
  Dictionary(uniqueKeysWithValues: (value?.objectValue ?? [:]).map { ($0.key, $0.value.stringValue ?? "") })
}
