import EdgePrimitives
import Testing
import TopologyRouter

@Suite struct RouteExplanationTests {
  @Test("a decision tells where the call goes, by which rule, and why not elsewhere")
  func explained() throws {
    let decision = try Sample.twoPools(.openYurt(.nodePool)).decision(for: Sample.service, from: try NodeName("n1"))
    #expect(
      decision.description == """
        default/web from node n1: 10.0.0.1:8080, 10.0.0.2:8080 (pool hangzhou)
          rule: only endpoints on nodes of pool hangzhou
          + 10.0.0.1 on node n1: chosen
          + 10.0.0.2 on node n2: chosen
          - 10.0.0.3 on node n3: rejected: node n3 is not in pool hangzhou
        """)
  }

  @Test("nowhere is an answer that names its reason")
  func nowhere() throws {
    var table = try Sample.twoPools(.openYurt(.nodePool))
    let node = try NodeName("n3")
    func reason(_ service: ServiceID = Sample.service, _ port: ServicePortName = .unnamed) -> RouteScope {
      table.decision(for: service, port: port, from: node).scope
    }
    #expect(reason(ServiceID(namespace: "default", name: "nobody")) == .none(.serviceUnknown))
    #expect(reason(Sample.service, "metrics") == .none(.portUnknown))

    table.apply(.slice(Sample.slice([try Sample.endpoint("10.0.0.3", on: "n3", isReady: false)])))
    #expect(reason() == .none(.noneUsable))
    table.apply(.slice(Sample.slice([try Sample.endpoint("10.0.0.1", on: "n1")])))
    #expect(reason() == .none(.noneInTopology))
    table.apply(.sliceRemoved(SliceID(namespace: "default", name: "web-1")))
    #expect(reason() == .none(.noEndpoints))
    #expect(
      table.decision(for: Sample.service, from: node).description == """
        default/web from node n3: no route: the service port has no endpoints
          rule: only endpoints on nodes of pool beijing
        """)
  }

  @Test("every endpoint has a verdict, and exactly the chosen ones are chosen")
  func verdictsAreComplete() throws {
    let decision = try Sample.twoPools(.openYurt(.hostname)).decision(for: Sample.service, from: try NodeName("n2"))
    #expect(decision.verdicts.count == 3)
    #expect(decision.verdicts.filter { $0.outcome == .chosen }.map(\.endpoint) == decision.chosen)
    #expect(decision.targets == [RouteTarget(address: "10.0.0.2", port: 8080)])
  }

  @Test("without a fallback nothing leaves the topology; with one it does and the decision says so")
  func fallback() throws {
    func decision(_ fallback: RoutingPolicy.Fallback) throws -> RouteDecision {
      var table = try Sample.twoPools(.openYurt(.nodePool), policy: RoutingPolicy(fallback: fallback))
      table.apply(.slice(Sample.slice([try Sample.endpoint("10.0.0.1", on: "n1")])))
      return table.decision(for: Sample.service, from: try NodeName("n3"))
    }
    #expect(try decision(.never).scope == .none(.noneInTopology))
    let wider = try decision(.cluster)
    #expect(wider.scope == .cluster)
    #expect(wider.chosen.map(\.address) == ["10.0.0.1"])
    #expect(wider.policyExplanation.contains("the fallback lets the call go anywhere"))
  }
}
