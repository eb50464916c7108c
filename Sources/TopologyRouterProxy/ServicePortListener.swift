#if Networking
import TopologyRouter

/// Where the proxy offers a port of a service. The address stays the same for the life of the proxy.
public struct ServicePortListener: Hashable, Sendable, CustomStringConvertible {
  public let service: ServiceID
  public let portName: ServicePortName
  /// The port number that the service states.
  public let port: UInt16
  public let listenAddress: String
  /// The local port to connect to.
  public let listenPort: UInt16

  public var description: String {
    "\(service) port \(port) at \(RouteTarget(address: listenAddress, port: listenPort))"
  }
}
#endif
