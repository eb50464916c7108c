#if Networking
/// Where a gRPC server listens, and the limits that keep a hostile peer from taking more than its share.
public struct GRPCServerConfiguration: Sendable {
  public var host: String
  /// 0 takes any free port; `run` reports the one it got.
  public var port: Int

  /// A longer request is answered RESOURCE_EXHAUSTED.
  public var maximumMessageBytes = 4 << 20
  /// All header fields of one request together; more ends the connection.
  public var maximumHeaderBytes = 16 << 10
  /// Streams that one connection may have open; announced to the peer.
  public var maximumConcurrentStreams = 10_000
  /// What a peer may send on one stream before the handler takes it.
  public var streamWindowBytes = 1 << 20
  /// What a peer may have under way on one connection.
  public var connectionWindowBytes = 4 << 20
  /// Parts of requests that one connection may make the server hold. A call that goes beyond is answered
  /// RESOURCE_EXHAUSTED.
  public var maximumBufferedRequestBytes = 64 << 20
  /// Responses that one connection may leave unread. While there are more, calls are answered RESOURCE_EXHAUSTED.
  public var maximumBufferedResponseBytes = 256 << 20
  /// What a streaming handler may have written on one stream that is not on its way yet; then its `write` waits.
  public var streamWriteBufferBytes = 256 << 10

  /// From the start of a connection, TLS handshake included, to the peer's first HTTP/2 settings.
  public var handshakeTimeout: Duration = .seconds(10)
  public var maximumConnections = 4096
  /// RST_STREAM frames that a peer may send within ``resetWindow``; more end the connection (CVE-2023-44487).
  public var maximumResets = 1_000
  public var resetWindow: Duration = .seconds(5)

  /// A silent peer is pinged after this time ...
  public var keepaliveInterval: Duration = .seconds(7200)
  /// ... and given up when nothing comes for this long after.
  public var keepaliveTimeout: Duration = .seconds(20)
  /// Peers that ping more often than this are told ENHANCE_YOUR_CALM.
  public var minimumPingInterval: Duration = .seconds(5)

  /// How long unary calls may go on after the server is told to stop. Streams are ended at once, with UNAVAILABLE.
  public var drainTimeout: Duration = .seconds(5)

  public init(host: String = "127.0.0.1", port: Int = 0) {
    self.host = host
    self.port = port
  }
}
#endif
