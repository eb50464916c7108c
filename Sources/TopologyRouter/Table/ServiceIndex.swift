import EdgePrimitives

/// Finds the services that a change of a node or a pool concerns, without looking at the others.
struct ServiceIndex: Sendable {
  private var readers: [RuleInputs.RawValue: Set<ServiceID>] = [:]
  /// How many endpoints of a service are on a node; slices come and go one at a time, so a plain set would not do.
  private var endpointCounts: [NodeName: [ServiceID: Int]] = [:]

  private static let singleInputs: [RuleInputs] = [.vantage, .poolMembership, .endpointNodes]

  /// - Parameter input: a single input.
  func services(reading input: RuleInputs) -> Set<ServiceID> { readers[input.rawValue] ?? [] }

  /// - Parameter input: a single input.
  func services(reading input: RuleInputs, on node: NodeName) -> [ServiceID] {
    guard let readers = readers[input.rawValue], let counts = endpointCounts[node] else { return [] }
    return counts.keys.filter(readers.contains)
  }

  mutating func replaceInputs(of service: ServiceID, old: RuleInputs, new: RuleInputs) {
    for input in Self.singleInputs where old.contains(input) != new.contains(input) {
      if new.contains(input) {
        readers[input.rawValue, default: []].insert(service)
      } else {
        readers[input.rawValue]?.remove(service)
      }
    }
  }

  mutating func replaceEndpoints(of service: ServiceID, old: [EndpointFacts], new: [EndpointFacts]) {
    for node in new.lazy.compactMap(\.nodeName) { endpointCounts[node, default: [:]][service, default: 0] += 1 }
    for node in old.lazy.compactMap(\.nodeName) {
      guard let count = endpointCounts[node]?[service] else { continue }
      endpointCounts[node]?[service] = count > 1 ? count - 1 : nil
      if endpointCounts[node]?.isEmpty == true { endpointCounts[node] = nil }
    }
  }
}
