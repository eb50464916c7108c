import EdgePrimitives
import Testing
import TopologyRouter

@Suite struct EndpointCategoryRuleTests {
  private func table(_ topology: TopologyPolicy, _ endpoints: [EndpointFacts]) throws -> RoutingTable {
    RoutingTable([
      .node(try Sample.node("n1", zone: "za")), .node(try Sample.node("n2", zone: "za")),
      .node(try Sample.node("n3", zone: "zb")), .service(Sample.service(topology)), .slice(Sample.slice(endpoints)),
    ])
  }

  @Test("endpoints that serve while terminating are used only when none is ready")
  func terminating() throws {
    let leaving = try Sample.endpoint("10.0.0.1", on: "n1", isReady: false, isServing: true, isTerminating: true)
    let dead = try Sample.endpoint("10.0.0.2", on: "n1", isReady: false)
    let ready = try Sample.endpoint("10.0.0.3", on: "n2")
    #expect(try table(.none, [leaving, dead, ready]).addresses(from: "n1") == ["10.0.0.3"])
    #expect(try table(.none, [leaving, dead]).addresses(from: "n1") == ["10.0.0.1"])
    #expect(try table(.none, [dead]).addresses(from: "n1").isEmpty)
  }

  @Test("hints are obeyed only when every ready endpoint has them and one is for here")
  func hints() throws {
    let here = try Sample.endpoint("10.0.0.1", on: "n1", zoneHints: ["za"])
    let there = try Sample.endpoint("10.0.0.3", on: "n3", zoneHints: ["zb"])
    let unhinted = try Sample.endpoint("10.0.0.2", on: "n2")
    #expect(try table(.none, [here, there]).addresses(from: "n2") == ["10.0.0.1"])
    #expect(try table(.none, [here, there, unhinted]).addresses(from: "n2").count == 3)
    #expect(try table(.none, [there]).addresses(from: "n2") == ["10.0.0.3"])
  }

  @Test("internal traffic policy Local never leaves the node")
  func localPolicy() throws {
    let table = try table(
      TopologyPolicy(internalTrafficPolicy: .local),
      [try Sample.endpoint("10.0.0.1", on: "n1"), try Sample.endpoint("10.0.0.2", on: "n2", isReady: false)])
    #expect(try table.addresses(from: "n1") == ["10.0.0.1"])
    #expect(try table.addresses(from: "n2").isEmpty)
    #expect(try table.addresses(from: "n3").isEmpty)
  }

  @Test("traffic distribution works without a slice controller that writes hints")
  func trafficDistribution() throws {
    let endpoints = [
      try Sample.endpoint("10.0.0.1", on: "n1"), try Sample.endpoint("10.0.0.2", on: "n2"),
      try Sample.endpoint("10.0.0.3", on: "n3"),
    ]
    let byZone = try table(TopologyPolicy(trafficDistribution: .preferSameZone), endpoints)
    #expect(try byZone.addresses(from: "n1") == ["10.0.0.1", "10.0.0.2"])
    #expect(byZone.decision(for: Sample.service, from: try NodeName("n1")).scope == .zone("za"))
    let byNode = try table(TopologyPolicy(trafficDistribution: .preferSameNode), endpoints)
    #expect(try byNode.addresses(from: "n1") == ["10.0.0.1"])
    let elsewhere = try table(TopologyPolicy(trafficDistribution: .preferSameNode), Array(endpoints.dropFirst()))
    #expect(try elsewhere.addresses(from: "n1") == ["10.0.0.2"], "the zone is the next best place")
  }

  @Test("hints apply inside the pool: the hub's filter comes first")
  func composition() throws {
    var table = try Sample.twoPools(.openYurt(.nodePool))
    table.apply(
      .slice(
        Sample.slice([
          try Sample.endpoint("10.0.0.1", on: "n1", nodeHints: ["n1"]),
          try Sample.endpoint("10.0.0.2", on: "n2", nodeHints: ["n2"]), try Sample.endpoint("10.0.0.3", on: "n3"),
        ])))
    // In the whole cluster one endpoint has no hint, so kube-proxy alone would obey none.
    #expect(try table.addresses(from: "n1") == ["10.0.0.1"])
  }

  @Test("a topology key is decided by the endpoints that can take traffic")
  func orderedKeysSkipDeadEndpoints() throws {
    var table = try table(
      .orderedKeys(["kubernetes.io/hostname", "*"]),
      [try Sample.endpoint("10.0.0.1", on: "n1", isReady: false), try Sample.endpoint("10.0.0.2", on: "n2")])
    for name in ["n1", "n2"] { table.apply(.node(try Sample.node(name, labels: ["kubernetes.io/hostname": name]))) }
    #expect(try table.addresses(from: "n1") == ["10.0.0.2"])
    #expect(try table.addresses(from: "n2") == ["10.0.0.2"])
    #expect(table.decision(for: Sample.service, from: try NodeName("n2")).scope == .sameNode)
  }
}
