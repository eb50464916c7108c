import EdgePrimitives
import Testing
import TopologyRouter

@Suite struct RoutingTablePropertyTests {
  @Test(
    "after any history a table decides as one built from the final facts, and names every service that changed",
    arguments: 1...25 as ClosedRange<UInt64>)
  func incrementalEqualsFromScratch(seed: UInt64) throws {
    var world = try RandomWorld(seed: seed)
    var table = RoutingTable()
    var known = world.decisions(in: table)
    for step in 0..<60 {
      let change = try world.nextChange()
      let concerned = table.apply(change)
      let now = world.decisions(in: table)
      let fresh = world.decisions(in: RoutingTable(world.facts.values.reversed()))
      for (question, decision) in now {
        try #require(decision == fresh[question], "seed \(seed), step \(step), after \(change)")
        if decision != known[question] {
          try #require(concerned.contains(decision.service), "seed \(seed), step \(step): unnoticed by \(change)")
        }
      }
      known = now
    }
  }
}

/// Makes random changes to a small cluster and remembers the facts that are left.
private struct RandomWorld {
  struct Question: Hashable {
    let service: ServiceID
    let node: NodeName
  }

  /// The facts that hold now, by the object they are about.
  private(set) var facts: [String: RoutingChange] = [:]
  private let entropy: SeededEntropy
  private let nodes: [NodeName]
  private let pools: [PoolName]
  private let services = ["a", "b", "c"].map { ServiceID(namespace: "default", name: $0) }

  init(seed: UInt64) throws {
    entropy = SeededEntropy(seed: seed)
    nodes = try (1...4).map { try NodeName("n\($0)") }
    pools = try ["p1", "p2"].map { try PoolName($0) }
  }

  func decisions(in table: RoutingTable) -> [Question: RouteDecision] {
    var decisions: [Question: RouteDecision] = [:]
    for service in services {
      for node in nodes {
        decisions[Question(service: service, node: node)] = table.decision(for: service, from: node)
      }
    }
    return decisions
  }

  mutating func nextChange() throws -> RoutingChange {
    let isRemoval = chance(4)
    switch entropy.next(below: 7) {
    case 0, 1:
      let name = pick(nodes)
      return remember("node \(name)", isRemoval ? .nodeRemoved(name) : .node(node(name)))
    case 2:
      let name = pick(pools)
      return remember("pool \(name)", isRemoval ? .poolRemoved(name) : .pool(pool(name)))
    case 3, 4:
      let id = pick(services)
      return remember("service \(id)", isRemoval ? .serviceRemoved(id) : .service(service(id)))
    default:
      let id = SliceID(
        namespace: "default", name: pick(["s1", "s2", "s3", "s4"]), source: chance(5) ? .endpoints : .endpointSlice)
      return remember("slice \(id) \(id.source)", isRemoval ? .sliceRemoved(id) : .slice(slice(id)))
    }
  }

  private mutating func remember(_ key: String, _ change: RoutingChange) -> RoutingChange {
    switch change {
    case .nodeRemoved, .poolRemoved, .serviceRemoved, .sliceRemoved: facts[key] = nil
    default: facts[key] = change
    }
    return change
  }

  private func chance(_ oneIn: UInt64) -> Bool { entropy.next(below: oneIn) == 0 }
  private func pick<T>(_ choices: [T]) -> T { choices[Int(entropy.next(below: UInt64(choices.count)))] }

  private func node(_ name: NodeName) -> NodeFacts {
    let zone = pick([nil, "za", "zb"])
    let labels = chance(3) ? [:] : ["kubernetes.io/hostname": name.rawValue, "rack": pick(["r1", "r2"])]
    return NodeFacts(name: name, labels: labels, pool: pick([nil] + pools.map(Optional.some)), zone: zone)
  }

  private func pool(_ name: PoolName) -> PoolFacts {
    PoolFacts(name: name, members: chance(2) ? .byNodeLabel : .listed(Set(nodes.filter { _ in chance(2) })))
  }

  private func service(_ id: ServiceID) -> ServiceFacts {
    let topology = TopologyPolicy(
      openYurtKey: pick([nil, .hostname, .nodePool, .nodePool, .unrecognized("x")]),
      orderedKeys: pick([[], [], ["kubernetes.io/hostname", "rack"], ["rack", "*"]]),
      internalTrafficPolicy: chance(4) ? .local : .cluster,
      trafficDistribution: pick([nil, nil, .preferSameZone, .preferSameNode]))
    return ServiceFacts(id: id, ports: [ServicePort(port: 80)], topology: topology)
  }

  private func slice(_ id: SliceID) -> SliceFacts {
    let endpoints = (0..<entropy.next(below: 4)).map { _ in endpoint() }
    return SliceFacts(id: id, service: pick(services), endpoints: endpoints)
  }

  private func endpoint() -> EndpointFacts {
    EndpointFacts(
      address: "10.0.0.\(entropy.next(below: 6))", ports: [EndpointPort(port: pick([80, 81]))],
      nodeName: pick([nil] + nodes.map(Optional.some)), zone: pick([nil, nil, "za"]), isReady: !chance(3),
      isServing: chance(2), isTerminating: chance(3), zoneHints: chance(4) ? [pick(["za", "zb"])] : [],
      nodeHints: chance(4) ? [pick(nodes).rawValue] : [])
  }
}
