/// The namespace and name of a service.
public struct ServiceID: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let namespace: String
  public let name: String

  public init(namespace: String, name: String) {
    self.namespace = namespace
    self.name = name
  }

  public var description: String { "\(namespace)/\(name)" }

  public static func < (left: ServiceID, right: ServiceID) -> Bool {
    (left.namespace, left.name) < (right.namespace, right.name)
  }
}

/// The name that ties a port of a service to the ports of its endpoint slices. It is compared, never parsed; a service
/// with a single port may leave it unnamed.
public struct ServicePortName: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  public let rawValue: String
  public static let unnamed = ServicePortName("")

  public init(_ rawValue: String) { self.rawValue = rawValue }
  public init(stringLiteral value: String) { rawValue = value }

  public var description: String { rawValue }

  public static func < (left: ServicePortName, right: ServicePortName) -> Bool { left.rawValue < right.rawValue }
}

extension ServiceID {
  /// The service, with its port where that has a name: `default/web:http`.
  public func text(port: ServicePortName) -> String {
    port == .unnamed ? description : "\(self):\(port)"
  }
}

/// The protocols a service port may carry.
public enum TransportProtocol: String, Hashable, Sendable {
  case tcp = "TCP"
  case udp = "UDP"
  case sctp = "SCTP"
}

public struct ServicePort: Hashable, Sendable {
  /// The port of the pods: a number, or the name of a container port.
  public enum Target: Hashable, Sendable {
    case number(UInt16)
    case name(String)
  }

  public var name: ServicePortName
  public var port: UInt16
  public var transport: TransportProtocol
  public var target: Target

  /// - Parameter target: the port number itself when nil, as Kubernetes defaults it.
  public init(
    name: ServicePortName = .unnamed, port: UInt16, transport: TransportProtocol = .tcp, target: Target? = nil
  ) {
    self.name = name
    self.port = port
    self.transport = transport
    self.target = target ?? .number(port)
  }
}

/// What routing reads of a service.
public struct ServiceFacts: Hashable, Sendable {
  public var id: ServiceID
  public var ports: [ServicePort]
  /// As the service states it: an address, `None` for a headless service, nil while none is assigned.
  public var clusterIP: String?
  public var topology: TopologyPolicy

  public init(id: ServiceID, ports: [ServicePort], clusterIP: String? = nil, topology: TopologyPolicy = .none) {
    self.id = id
    self.ports = ports
    self.clusterIP = clusterIP
    self.topology = topology
  }

  /// A headless service has no address of its own; its clients reach the endpoints without a proxy.
  public var isHeadless: Bool { clusterIP == "None" }
}
