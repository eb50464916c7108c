import EdgePrimitives

/// A port that the endpoints of a slice offer; its name is that of the service port it serves.
public struct EndpointPort: Hashable, Sendable {
  public var name: ServicePortName
  public var port: UInt16
  public var transport: TransportProtocol

  public init(name: ServicePortName = .unnamed, port: UInt16, transport: TransportProtocol = .tcp) {
    self.name = name
    self.port = port
    self.transport = transport
  }
}

/// What routing reads of one endpoint address.
public struct EndpointFacts: Hashable, Sendable {
  public var address: String
  public var ports: [EndpointPort]
  /// Nil for endpoints outside the cluster; topology rules that ask for a node never keep those.
  public var nodeName: NodeName?
  public var zone: String?
  public var isReady: Bool
  public var isServing: Bool
  public var isTerminating: Bool
  /// Zones that the slice controller reserves the endpoint for (`hints.forZones`).
  public var zoneHints: Set<String>
  /// Nodes that the slice controller reserves the endpoint for (`hints.forNodes`). Compared as text, never parsed.
  public var nodeHints: Set<String>
  /// Labels the slice itself states for the endpoint (`topology` of v1beta1, `deprecatedTopology` of v1); they win over
  /// the labels of its node.
  public var topologyLabels: [String: String]
  /// The pod behind the address, for explanations.
  public var podName: String?

  /// - Parameters:
  ///   - isServing: the same as `isReady` when nil, as a slice without that condition is read.
  public init(
    address: String, ports: [EndpointPort], nodeName: NodeName? = nil, zone: String? = nil, isReady: Bool = true,
    isServing: Bool? = nil, isTerminating: Bool = false, zoneHints: Set<String> = [], nodeHints: Set<String> = [],
    topologyLabels: [String: String] = [:], podName: String? = nil
  ) {
    self.address = address
    self.ports = ports
    self.nodeName = nodeName
    self.zone = zone
    self.isReady = isReady
    self.isServing = isServing ?? isReady
    self.isTerminating = isTerminating
    self.zoneHints = zoneHints
    self.nodeHints = nodeHints
    self.topologyLabels = topologyLabels
    self.podName = podName
  }

  /// Usable as a last resort: on its way out, still answering.
  public var isServingWhileTerminating: Bool { isServing && isTerminating }
}

/// The namespace and name of an endpoint slice, or of any other object that contributes endpoints.
public struct SliceID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// An Endpoints object and an EndpointSlice may bear the same name and are different contributions.
  public enum Source: Int, Hashable, Sendable {
    case endpointSlice
    case endpoints
  }

  public let namespace: String
  public let name: String
  public let source: Source

  public init(namespace: String, name: String, source: Source = .endpointSlice) {
    self.namespace = namespace
    self.name = name
    self.source = source
  }

  public var description: String { "\(namespace)/\(name)" }

  public static func < (left: SliceID, right: SliceID) -> Bool {
    (left.namespace, left.name, left.source.rawValue) < (right.namespace, right.name, right.source.rawValue)
  }
}

/// One contribution of endpoints to a service. A service may have many; each is replaced or removed as a whole.
public struct SliceFacts: Hashable, Sendable {
  public var id: SliceID
  public var service: ServiceID
  public var endpoints: [EndpointFacts]

  public init(id: SliceID, service: ServiceID, endpoints: [EndpointFacts]) {
    self.id = id
    self.service = service
    self.endpoints = endpoints
  }
}
