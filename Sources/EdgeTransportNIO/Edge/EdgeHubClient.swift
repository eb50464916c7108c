#if Networking
import EdgePrimitives
import EdgeTransport
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// The edge's end of the KubeEdge link, in EdgeHub's place: makes one connection at a time.
public struct EdgeHubClient: Sendable {
  private let configuration: EdgeHubConfiguration
  private let tls: NIOSSLContext
  private let group: any EventLoopGroup
  private let logger: Logger

  /// - Parameter tls: holds the node's certificate and trusts the hub's authority.
  public init(configuration: EdgeHubConfiguration, tls: NIOSSLContext, group: any EventLoopGroup, logger: Logger) {
    self.configuration = configuration
    self.tls = tls
    self.group = group
    self.logger = logger
  }

  /// Connects, proves who we are and upgrades.
  /// - Throws: ``TransportError``: `unreachable`, `timedOut`, `insecure`, `refused` (with the hub's status and words).
  public func connect() async throws(TransportError) -> EdgeConnection {
    if Task.isCancelled { throw TransportError(code: .cancelled, message: "connecting was cancelled") }
    do {
      let channel = try await open()
      let link = try await withTaskCancellationHandler {
        try await upgrade(channel)
      } onCancel: {
        channel.close(promise: nil)
      }
      logger.debug("connected to the hub", metadata: ["hub": "\(configuration.host):\(configuration.port)"])
      return EdgeConnection(link: link)
    } catch {
      throw describe(error)
    }
  }

  /// A link that connects again and again; see ``ReconnectingLink``.
  public func reconnectingLink(
    backoff: Backoff = Backoff(), entropy: any EntropySource = SystemEntropy(),
    onStateChange: @escaping @Sendable (LinkState) async -> Void = { _ in }
  ) -> ReconnectingLink<EdgeConnection> {
    ReconnectingLink(backoff: backoff, entropy: entropy, onStateChange: onStateChange) {
      () async throws(TransportError) -> EdgeConnection in try await connect()
    }
  }

  private func open() async throws -> any Channel {
    try await ClientBootstrap(group: group)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.recvAllocator, value: receiveAllocator)
      .channelOption(.writeBufferWaterMark, value: writeWaterMark)
      .connectTimeout(TimeAmount(configuration.connectTimeout))
      .connect(host: configuration.host, port: configuration.port)
      .get()
  }

  /// The handlers are added after the connection stands, so that a host with many addresses makes only one session.
  private func upgrade(_ channel: any Channel) async throws -> WebSocketLink {
    let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(configuration.upgradeTimeout)) {
      channel.pipeline.fireErrorCaught(UpgradeTimeout())
      channel.close(promise: nil)
    }
    defer { deadline.cancel() }
    let outcome = try await channel.eventLoop.flatSubmit { () -> EventLoopFuture<UpgradeOutcome> in
      do {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: serverName))
        return try pipeline.configureUpgradableHTTPClientPipeline(configuration: upgradeConfiguration)
      } catch {
        return channel.eventLoop.makeFailedFuture(error)
      }
    }.get()
    switch outcome {
    case .connected(let link): return link
    case .refused(let error):
      defer { channel.close(promise: nil) }
      throw try await error.get()
    }
  }

  /// NIOSSL checks an IP address against the connected socket and takes only DNS names here.
  private var serverName: String? {
    let name = configuration.serverHostname ?? configuration.host
    return (try? SocketAddress(ipAddress: name, port: 0)) == nil ? name : nil
  }

  private enum UpgradeOutcome: Sendable {
    case connected(WebSocketLink)
    case refused(EventLoopFuture<TransportError>)
  }

  private var upgradeConfiguration: NIOUpgradableHTTPClientPipelineConfiguration<UpgradeOutcome> {
    let upgrader = NIOTypedWebSocketClientUpgrader<UpgradeOutcome>(
      maxFrameSize: configuration.limits.maximumBytes, enableAutomaticErrorHandling: false,
      upgradePipelineHandler: { [options] channel, _ in
        channel.eventLoop.makeCompletedFuture {
          .connected(try WebSocketLink.install(on: channel, options: options))
        }
      })
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
    // A hub may send its first message in the segment of its 101; the default would drop it.
    pipeline.leftOverBytesStrategy = .forwardBytes
    pipeline.decoderConfiguration.maxHeaderListSize = 64 << 10
    return pipeline
  }

  private var request: HTTPRequestHead {
    HTTPRequestHead(
      version: .http1_1, method: .GET, uri: "/\(configuration.projectID)/\(configuration.nodeName)/events",
      headers: [
        "Host": "\(configuration.host):\(configuration.port)",
        "Node_id": configuration.nodeName.rawValue,
        "Project_id": configuration.projectID,
        "Connectionuse": "msg",
      ])
  }

  private var options: WebSocketOptions {
    WebSocketOptions(
      role: .client, limits: configuration.limits, pingInterval: TimeAmount(configuration.pingInterval),
      pingTimeout: TimeAmount(configuration.pingTimeout))
  }

  private func describe(_ error: any Error) -> TransportError {
    let hub = "\(configuration.host):\(configuration.port)"
    switch error {
    case let error as TransportError: return error
    case is UpgradeTimeout:
      return TransportError(code: .timedOut, message: "\(hub) did not answer the upgrade in time")
    case ChannelError.connectTimeout:
      return TransportError(code: .timedOut, message: "\(hub) did not answer in time", cause: error)
    case is NIOConnectionError, is IOError:
      return TransportError(code: .unreachable, message: "\(hub) cannot be reached", cause: error)
    case NIOSSLError.uncleanShutdown:
      return TransportError(code: .connectionLost, message: "\(hub) hung up during the handshake")
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
      return TransportError(code: .insecure, message: "TLS with \(hub) failed", cause: error)
    default:
      return TransportError(code: .connectionLost, message: "\(hub) hung up during the handshake", cause: error)
    }
  }
}

private struct UpgradeTimeout: Error {}
#endif
