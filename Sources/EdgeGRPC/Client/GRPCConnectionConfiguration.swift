#if Networking
/// How a client speaks on one connection, and what it accepts.
public struct GRPCConnectionConfiguration: Sendable {
  public var connectTimeout: Duration = .seconds(20)
  /// The `:authority` of calls; nil takes host and port.
  public var authority: String?
  /// Larger responses end their call with RESOURCE_EXHAUSTED.
  public var maximumMessageBytes = Int(Int32.max)
  /// All header fields of one response together.
  public var maximumHeaderBytes = 64 << 10
  /// What the server may send on one stream before the caller takes it.
  public var streamWindowBytes = 4 << 20
  /// What the server may have under way on the connection.
  public var connectionWindowBytes = 16 << 20
  /// What may be written on one stream that is not on its way yet; then `write` waits.
  public var streamWriteBufferBytes = 256 << 10
  /// A silent server is pinged after this time; only while calls are open. nil never pings.
  public var keepaliveInterval: Duration? = .seconds(30)
  /// A server that does not answer a ping for this long is given up.
  public var keepaliveTimeout: Duration = .seconds(10)
  /// Sent with every call.
  public var metadata: [(name: String, value: String)] = []

  public init() {}
}

/// What one call may ask for.
public struct GRPCCallOptions: Sendable {
  /// How long the whole call may last; also told to the server. nil waits without end.
  public var timeout: Duration?
  /// Names in lower case.
  public var metadata: [(name: String, value: String)] = []

  public init(timeout: Duration? = nil, metadata: [(name: String, value: String)] = []) {
    self.timeout = timeout
    self.metadata = metadata
  }
}
#endif
