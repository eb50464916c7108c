import EdgePrimitives
import Testing
import TopologyRouter

@Suite struct OpenYurtTopologyRuleTests {
  @Test("the node pool key keeps a call within the pool of the node it starts on")
  func poolKey() throws {
    let table = try Sample.twoPools(.openYurt(.nodePool))
    #expect(try table.addresses(from: "n1") == ["10.0.0.1", "10.0.0.2"])
    #expect(try table.addresses(from: "n3") == ["10.0.0.3"])
    #expect(table.decision(for: Sample.service, from: try NodeName("n3")).scope == .pool(try PoolName("beijing")))
  }

  @Test("the hostname key keeps a call on its node")
  func hostnameKey() throws {
    let table = try Sample.twoPools(.openYurt(.hostname))
    #expect(try table.addresses(from: "n2") == ["10.0.0.2"])
    #expect(table.decision(for: Sample.service, from: try NodeName("n2")).scope == .sameNode)
  }

  @Test("a node in no pool stays on itself when the service asks for the pool")
  func nodeWithoutPool() throws {
    var table = try Sample.twoPools(.openYurt(.nodePool))
    table.apply(.node(try Sample.node("n2")))
    #expect(try table.addresses(from: "n2") == ["10.0.0.2"])
  }

  @Test("an empty pool has no endpoint, an unknown pool constrains nothing")
  func emptyAndUnknownPool() throws {
    var table = try Sample.twoPools(.openYurt(.nodePool))
    table.apply(.node(try Sample.node("n9", pool: "shanghai")))
    #expect(try table.addresses(from: "n9").count == 3)
    table.apply(.pool(PoolFacts(name: try PoolName("shanghai"), members: .listed([]))))
    #expect(try table.addresses(from: "n9").isEmpty)
    #expect(table.decision(for: Sample.service, from: try NodeName("n9")).scope == .none(.noneInTopology))
  }

  @Test("an endpoint without a node is dropped, not a crash")
  func endpointWithoutNode() throws {
    var table = try Sample.twoPools(.openYurt(.nodePool))
    table.apply(.slice(Sample.slice([try Sample.endpoint("10.0.0.9")])))
    let decision = table.decision(for: Sample.service, from: try NodeName("n1"))
    #expect(decision.verdicts.map(\.outcome) == [.rejected(.noNode)])
  }

  @Test("a comma list is no known key and constrains nothing", arguments: ["", " openyurt.io/nodepool", "a,b", "*"])
  func unrecognizedKey(value: String) throws {
    let table = try Sample.twoPools(.openYurt(OpenYurtTopologyKey(annotation: value)))
    #expect(try table.addresses(from: "n1").count == 3)
  }
}
