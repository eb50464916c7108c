#if Networking
import EdgePrimitives
import EdgeTransport
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Makes WebSockets to one server, one at a time.
public struct WebSocketClient: Sendable {
  public struct Configuration: Sendable {
    public var host: String
    public var port: Int
    public var path: String
    /// Beside those of the upgrade itself. No Origin is sent: it is a browser's, and KubeEdge's hub refuses a foreign one.
    public var headers: [(name: String, value: String)] = []
    /// What this end would speak, by preference.
    public var subprotocols: [String] = []
    /// The name or IP address that the server's certificate must bear; `host` when nil.
    public var serverHostname: String?
    /// For TCP alone.
    public var connectTimeout: Duration = .seconds(5)
    /// For TLS and the upgrade, after the TCP connection stands.
    public var upgradeTimeout: Duration = .seconds(10)
    public var maximumMessageBytes = 12 << 20
    public var timing = WebSocketTiming()

    public init(host: String, port: Int, path: String = "/") {
      self.host = host
      self.port = port
      self.path = path
    }
  }

  private var configuration: Configuration
  private let tls: NIOSSLContext?
  private let group: any EventLoopGroup
  private let counters: LinkCounters
  private let heartbeat: Heartbeat?

  /// - Parameter tls: nil connects in plain text.
  public init(configuration: Configuration, tls: NIOSSLContext?, group: any EventLoopGroup) {
    self.init(
      configuration: configuration, tls: tls, group: group, counters: LinkCounters(prefix: "edge_websocket"),
      heartbeat: nil)
  }

  init(
    configuration: Configuration, tls: NIOSSLContext?, group: any EventLoopGroup, counters: LinkCounters,
    heartbeat: Heartbeat?
  ) {
    self.configuration = configuration
    self.tls = tls
    self.group = group
    self.counters = counters
    self.heartbeat = heartbeat
  }

  /// The same, with other subprotocols.
  func offering(_ subprotocols: [String]) -> WebSocketClient {
    var client = self
    client.configuration.subprotocols = subprotocols
    return client
  }

  /// Connects, with TLS proves who we are, and upgrades.
  /// - Throws: ``TransportError``: `unreachable`, `timedOut`, `insecure`, `refused` (with the server's status and words).
  public func connect() async throws(TransportError) -> WebSocketConnection {
    if Task.isCancelled { throw TransportError(code: .cancelled, message: "connecting was cancelled") }
    do {
      let channel = try await open()
      return try await withTaskCancellationHandler {
        try await upgrade(channel)
      } onCancel: {
        channel.close(promise: nil)
      }
    } catch {
      throw TransportError(connecting: error, to: "\(configuration.host):\(configuration.port)")
    }
  }

  private func open() async throws -> any Channel {
    try await ClientBootstrap(group: group)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.recvAllocator, value: ReceiveBuffers.allocator)
      .channelOption(.writeBufferWaterMark, value: writeWaterMark)
      .connectTimeout(TimeAmount(configuration.connectTimeout))
      .connect(host: configuration.host, port: configuration.port)
      .get()
  }

  /// The handlers are added after the connection stands, so that a host with many addresses makes only one session.
  private func upgrade(_ channel: any Channel) async throws -> WebSocketConnection {
    let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(configuration.upgradeTimeout)) {
      channel.pipeline.fireErrorCaught(HandshakeTimeout())
      channel.close(promise: nil)
    }
    defer { deadline.cancel() }
    let outcome = try await channel.eventLoop.flatSubmit { () -> EventLoopFuture<UpgradeOutcome> in
      do {
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName)) }
        return try pipeline.configureUpgradableHTTPClientPipeline(
          configuration: upgradeConfiguration(on: channel.eventLoop))
      } catch {
        return channel.eventLoop.makeFailedFuture(error)
      }
    }.get()
    switch outcome {
    case .connected(let link, let subprotocol): return WebSocketConnection(subprotocol: subprotocol, link: link)
    case .refused(let error):
      defer { channel.close(promise: nil) }
      throw try await error.get()
    }
  }

  private var serverName: String? {
    TLSServerName(configuration.serverHostname ?? configuration.host).forIndication
  }

  private enum UpgradeOutcome: Sendable {
    case connected(WebSocketLink, subprotocol: String?)
    case refused(EventLoopFuture<TransportError>)
  }

  private func upgradeConfiguration(
    on eventLoop: any EventLoop
  ) -> NIOUpgradableHTTPClientPipelineConfiguration<UpgradeOutcome> {
    let options = WebSocketOptions(
      role: .client, maximumMessageBytes: configuration.maximumMessageBytes, timing: configuration.timing,
      counters: counters, heartbeat: heartbeat)
    let upgrader = WebSocketClientUpgrader<UpgradeOutcome>(on: eventLoop, subprotocols: configuration.subprotocols) {
      channel, head in
      let subprotocol = head.headers.first(name: "Sec-WebSocket-Protocol")
      var options = options.speaking(subprotocol)
      // The heartbeat is KubeEdge's; another protocol has its own.
      if subprotocol != nil { options.heartbeat = nil }
      return .connected(try WebSocketLink.install(on: channel, options: options), subprotocol: subprotocol)
    }
    var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(
      upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
        upgradeRequestHead: request, upgraders: [upgrader],
        notUpgradingCompletionHandler: { channel in
          channel.eventLoop.makeCompletedFuture {
            let promise = channel.eventLoop.makePromise(of: TransportError.self)
            try channel.pipeline.syncOperations.addHandler(RefusalReader(promise: promise))
            return .refused(promise.futureResult)
          }
        }))
    // A server may send its first message in the segment of its 101; the default would drop it.
    pipeline.leftOverBytesStrategy = .forwardBytes
    pipeline.decoderConfiguration.maxHeaderListSize = 64 << 10
    return pipeline
  }

  private var request: HTTPRequestHead {
    var headers: HTTPHeaders = ["Host": "\(configuration.host):\(configuration.port)"]
    for (name, value) in configuration.headers { headers.add(name: name, value: value) }
    if !configuration.subprotocols.isEmpty {
      headers.add(name: "Sec-WebSocket-Protocol", value: configuration.subprotocols.joined(separator: ", "))
    }
    return HTTPRequestHead(version: .http1_1, method: .GET, uri: configuration.path, headers: headers)
  }
}
#endif
