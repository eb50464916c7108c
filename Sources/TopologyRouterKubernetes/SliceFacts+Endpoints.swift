import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import TopologyRouter

extension SliceFacts {
  /// Reads a `v1` Endpoints object, the predecessor of slices; it belongs to the service of the same name and is routed
  /// by the same rules (FF-15). The table uses it only for a service that has no slices.
  public init(endpoints object: UnstructuredObject) throws(RoutingFactsError) {
    guard object.kind == "Endpoints" else { throw .wrongKind(object, expected: "Endpoints") }
    let (namespace, name) = try object.metadata.requiredNamespacedName()
    var endpoints: [EndpointFacts] = []
    for subset in object["subsets"]?.arrayValue ?? [] {
      let ports = subset["ports"]?.arrayValue?.compactMap(EndpointPort.init) ?? []
      for (list, isReady) in [("addresses", true), ("notReadyAddresses", false)] {
        endpoints += (subset[list]?.arrayValue ?? []).compactMap { address in
          EndpointFacts(subsetAddress: address, ports: ports, isReady: isReady)
        }
      }
    }
    self.init(
      id: SliceID(namespace: namespace, name: name, source: .endpoints),
      service: ServiceID(namespace: namespace, name: name), endpoints: endpoints)
  }
}

extension EndpointFacts {
  fileprivate init?(subsetAddress address: JSONValue, ports: [EndpointPort], isReady: Bool) {
    guard let ip = address["ip"]?.stringValue, !ip.isEmpty else { return nil }
    self.init(
      address: ip, ports: ports, nodeName: address["nodeName"]?.stringValue.flatMap { try? NodeName($0) },
      isReady: isReady, podName: address["targetRef"]?.podName)
  }
}
