import EdgePrimitives

extension RoutingTable {
  mutating func setService(_ id: ServiceID, to facts: ServiceFacts?) -> Set<ServiceID> {
    var entry = entries[id] ?? ServiceEntry()
    if entry.facts == facts { return [] }
    index.replaceInputs(of: id, old: entry.inputs, new: facts.map(policy.inputs) ?? [])
    entry.facts = facts
    entry.inputs = facts.map(policy.inputs) ?? []
    entry.forgetDecisions()
    entries[id] = entry.isEmpty ? nil : entry
    servicesChanged()
    return [id]
  }

  mutating func setSlice(_ id: SliceID, to facts: SliceFacts?) -> Set<ServiceID> {
    var concerned: Set<ServiceID> = []
    // A slice whose label moved to another service leaves the old one first.
    if let owner = sliceOwners[id], owner != facts?.service, replaceSlice(id, of: owner, with: nil) {
      concerned.insert(owner)
    }
    sliceOwners[id] = facts?.service
    if let facts, replaceSlice(id, of: facts.service, with: facts) { concerned.insert(facts.service) }
    return concerned
  }

  /// Returns whether decisions of the service may have changed.
  private mutating func replaceSlice(_ id: SliceID, of service: ServiceID, with facts: SliceFacts?) -> Bool {
    let old = entries[service]?.slices[id]
    if old == facts { return false }
    index.replaceEndpoints(of: service, old: old?.endpoints ?? [], new: facts?.endpoints ?? [])
    // In place: taking the entry out of the dictionary keeps its slices from being copied.
    var entry = entries.removeValue(forKey: service) ?? ServiceEntry()
    entry.slices[id] = facts
    entry.forgetDecisions()
    if !entry.isEmpty { entries[service] = entry }
    return entry.facts != nil
  }

  /// Finds the services that a change of nodes or pools concerns and forgets the decisions it outdated.
  mutating func spread(_ effect: TopologyEffect) -> Set<ServiceID> {
    var outdated: Set<ServiceID> = []
    if effect.poolsAppearedOrVanished { outdated.formUnion(index.services(reading: .poolMembership)) }
    for node in effect.members { outdated.formUnion(index.services(reading: .poolMembership, on: node)) }
    if let node = effect.vantage { outdated.formUnion(index.services(reading: .endpointNodes, on: node)) }
    for service in outdated { entries[service]?.forgetDecisions() }
    // Decisions made for calls from the changed node carry its old stamp and need no forgetting.
    if effect.vantage != nil { outdated.formUnion(index.services(reading: .vantage)) }
    return outdated
  }
}
