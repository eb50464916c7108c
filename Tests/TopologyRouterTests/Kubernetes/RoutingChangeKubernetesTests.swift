import EdgeAPIModels
import EdgePrimitives
import Testing
import TopologyRouter
import TopologyRouterKubernetes

@Suite struct RoutingChangeKubernetesTests {
  private func upsert(_ json: String) throws -> RoutingChange? {
    try RoutingChange.upsert(of: UnstructuredObject(parsing: Array(json.utf8)))
  }

  private func web(_ name: String = "web") -> ServiceID { ServiceID(namespace: "shop", name: name) }

  @Test("a node brings its labels, its zone and the pool its label names")
  func node() throws {
    let change = try upsert(
      """
      {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "labels": {
        "apps.openyurt.io/nodepool": "hangzhou", "topology.kubernetes.io/zone": "za"}}}
      """)
    let labels = ["apps.openyurt.io/nodepool": "hangzhou", "topology.kubernetes.io/zone": "za"]
    #expect(change == .node(try Sample.node("n1", pool: "hangzhou", zone: "za", labels: labels)))
  }

  @Test("a node pool's members are its status, or else the nodes whose label names it")
  func nodePool() throws {
    let listed = try upsert(
      """
      {"apiVersion": "apps.openyurt.io/v1beta2", "kind": "NodePool", "metadata": {"name": "hangzhou"},
       "status": {"nodes": ["n1", "n2"]}}
      """)
    let nodes = try Set(["n1", "n2"].map { try NodeName($0) })
    #expect(listed == .pool(PoolFacts(name: try PoolName("hangzhou"), members: .listed(nodes))))
    let unlisted = try upsert(
      """
      {"apiVersion": "apps.openyurt.io/v1beta1", "kind": "NodePool", "metadata": {"name": "hangzhou"}}
      """)
    #expect(unlisted == .pool(PoolFacts(name: try PoolName("hangzhou"), members: .byNodeLabel)))
  }

  @Test("a service brings its ports and every topology wish it states")
  func service() throws {
    let change = try upsert(
      """
      {"apiVersion": "v1", "kind": "Service",
       "metadata": {"name": "web", "namespace": "shop", "annotations": {"openyurt.io/topologyKeys": "kubernetes.io/zone"}},
       "spec": {"clusterIP": "10.96.0.7", "internalTrafficPolicy": "Local", "trafficDistribution": "PreferClose",
         "topologyKeys": ["rack", "*"],
         "ports": [{"name": "http", "port": 80, "targetPort": "web"}, {"name": "dns", "port": 53, "protocol": "UDP"}]}}
      """)
    let topology = TopologyPolicy(
      openYurtKey: .nodePool, orderedKeys: ["rack", "*"], internalTrafficPolicy: .local,
      trafficDistribution: .preferSameZone)
    let ports = [
      ServicePort(name: "http", port: 80, target: .name("web")), ServicePort(name: "dns", port: 53, transport: .udp),
    ]
    #expect(change == .service(ServiceFacts(id: web(), ports: ports, clusterIP: "10.96.0.7", topology: topology)))
  }

  @Test("a slice brings its endpoints, whatever a newer Kubernetes added to it")
  func endpointSlice() throws {
    let change = try upsert(
      """
      {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "someday": {"a": 1},
       "metadata": {"name": "web-x", "namespace": "shop", "labels": {"kubernetes.io/service-name": "web"}},
       "ports": [{"name": "http", "port": 8080, "protocol": "TCP", "appProtocol": "h2c"}, {"name": "all"}],
       "endpoints": [
         {"addresses": ["10.0.0.1", "10.0.0.9"], "nodeName": "n1", "zone": "za",
          "hints": {"forZones": [{"name": "za"}], "forNodes": [{"name": "n1"}], "forRacks": []},
          "targetRef": {"kind": "Pod", "name": "web-0"}},
         {"addresses": ["10.0.0.2"], "conditions": {"ready": false, "serving": true, "terminating": true}},
         {"addresses": []}]}
      """)
    let ports = [EndpointPort(name: "http", port: 8080)]
    let first = EndpointFacts(
      address: "10.0.0.1", ports: ports, nodeName: try NodeName("n1"), zone: "za", zoneHints: ["za"],
      nodeHints: ["n1"], podName: "web-0")
    let second = EndpointFacts(
      address: "10.0.0.2", ports: ports, isReady: false, isServing: true, isTerminating: true)
    let id = SliceID(namespace: "shop", name: "web-x")
    #expect(change == .slice(SliceFacts(id: id, service: web(), endpoints: [first, second])))
  }

  @Test("a slice without its service label serves nobody")
  func looseSlice() throws {
    let change = try upsert(
      """
      {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "x", "namespace": "shop"}}
      """)
    #expect(change == .sliceRemoved(SliceID(namespace: "shop", name: "x")))
  }

  @Test("FF-15: an Endpoints object is routed by the same rules as slices, and yields to them")
  func endpointsObject() throws {
    var table = try Sample.twoPools(.none)
    table.apply(.service(Sample.service(.openYurt(.nodePool), id: web())))
    let change = try #require(
      try upsert(
        """
        {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "web", "namespace": "shop"},
         "subsets": [{"ports": [{"port": 8080}], "addresses": [{"ip": "10.0.0.1", "nodeName": "n1"},
           {"ip": "10.0.0.3", "nodeName": "n3"}], "notReadyAddresses": [{"ip": "10.0.0.2", "nodeName": "n2"}]}]}
        """))
    table.apply(change)
    #expect(try table.addresses(from: "n1", of: web()) == ["10.0.0.1"])
    table.apply(.slice(Sample.slice([try Sample.endpoint("10.0.9.9", on: "n2")], name: "web-x", of: web())))
    #expect(try table.addresses(from: "n1", of: web()) == ["10.0.9.9"])
  }

  @Test("kinds that do not matter are passed over, broken objects name the field")
  func irrelevantAndBroken() throws {
    #expect(try upsert(#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}"#) == nil)
    #expect(try upsert(#"{"apiVersion": "other.io/v1", "kind": "Service", "metadata": {"name": "p"}}"#) == nil)
    let error = #expect(throws: RoutingFactsError.self) {
      try upsert(
        """
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 70000}]}}
        """)
    }
    #expect(error?.code == .invalidField)
    #expect(error?.field == "spec.ports[0].port")
    #expect(throws: RoutingFactsError.self) {
      try upsert(#"{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "Not A Name"}}"#)
    }
  }

  @Test("removals are told by key")
  func removals() throws {
    let slices = GroupResource(group: "discovery.k8s.io", resource: "endpointslices")
    let services = GroupResource(group: "", resource: "services")
    let pods = GroupResource(group: "", resource: "pods")
    #expect(
      RoutingChange.removal(of: ObjectKey(resource: slices, namespace: "shop", name: "x"))
        == .sliceRemoved(SliceID(namespace: "shop", name: "x")))
    #expect(
      RoutingChange.removal(of: ObjectKey(resource: services, namespace: "shop", name: "web")) == .serviceRemoved(web())
    )
    #expect(RoutingChange.removal(of: ObjectKey(resource: pods, namespace: "shop", name: "web")) == nil)
  }
}
