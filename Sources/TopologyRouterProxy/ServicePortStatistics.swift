#if Networking
/// What happened to the connections of one listener so far.
public struct ServicePortStatistics: Hashable, Sendable {
  /// Connections taken from the listening socket.
  public var accepted = 0
  /// Connections that reached an endpoint.
  public var relayed = 0
  /// Connections closed at once because the decision had no endpoint.
  public var withoutEndpoint = 0
  /// Connections closed at once because the proxy had its maximum open.
  public var overLimit = 0
  /// Single endpoints that could not be reached; the next one was tried.
  public var connectFailures = 0
  /// Connections closed because no endpoint of the decision could be reached.
  public var unreachable = 0
  /// Client connections open now.
  public var open = 0
  public var bytesToEndpoints = 0
  public var bytesFromEndpoints = 0

  public init() {}
}
#endif
