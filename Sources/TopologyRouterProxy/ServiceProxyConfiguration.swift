#if Networking
/// How a ``ServiceProxy`` listens, dials and limits itself.
public struct ServiceProxyConfiguration: Sendable {
  /// Which local port a service port is offered on.
  public enum PortPreference: Hashable, Sendable {
    /// Any free port; several proxies may share a machine.
    case anyFree
    /// The port number of the service where it is free and allowed, else any free port.
    case servicePort
  }

  public var portPreference: PortPreference = .anyFree
  /// Open client connections over all listeners. A further one is closed at once and counted.
  public var maximumConnections = 1024
  /// How long to wait for one endpoint before the next is tried.
  public var connectTimeout: Duration = .seconds(2)
  /// How many endpoints are tried for one connection.
  public var maximumConnectAttempts = 4
  /// A connection on which no byte moves in either direction for this long is closed.
  public var idleTimeout: Duration = .seconds(900)
  /// How long open connections may go on once the proxy was told to stop.
  public var drainTimeout: Duration = .seconds(2)

  public init() {}
}
#endif
