#if Networking
/// Where a server listens, and the limits that keep a hostile peer from taking more than its share.
public struct HTTPServerConfiguration: Sendable {
  /// The address or host name to listen on.
  public var host: String
  /// 0 takes any free port; `run` reports the one it got.
  public var port: Int
  /// A longer request body is answered 413.
  public var maximumBodyBytes = 3 << 20
  /// All header fields of one request together; more is answered 400.
  public var maximumHeaderBytes = 64 << 10
  /// From the start of a connection, TLS handshake included, to the end of its first request head.
  public var headerTimeout: Duration = .seconds(10)
  /// Between two requests of one connection, and for one request body to arrive.
  public var idleTimeout: Duration = .seconds(75)
  /// A peer that takes none of a response's bytes for this long is cut off.
  public var writeTimeout: Duration = .seconds(30)
  /// Connections beyond this number are closed as soon as they are accepted.
  public var maximumConnections = 1024
  /// How long running requests may go on after the server is told to stop.
  public var drainTimeout: Duration = .seconds(2)

  public init(host: String = "127.0.0.1", port: Int = 0) {
    self.host = host
    self.port = port
  }
}
#endif
