#if Networking
import EdgePrimitives
import EdgeTransport
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// Turns accepted sockets into sessions: TLS, the HTTP upgrade, the WebSocket, each within its bounds.
struct HubAcceptor: Sendable {
  private let configuration: HubConfiguration
  private let tls: NIOSSLContext
  private let logger: Logger
  private let sessions: HubSessions
  private let gate: UpgradeGate
  private let deliver: @Sendable (HubConnection) -> Void

  init(
    configuration: HubConfiguration, tls: NIOSSLContext, logger: Logger, sessions: HubSessions, gate: UpgradeGate,
    deliver: @escaping @Sendable (HubConnection) -> Void
  ) {
    self.configuration = configuration
    self.tls = tls
    self.logger = logger
    self.sessions = sessions
    self.gate = gate
    self.deliver = deliver
  }

  func listen(on group: any EventLoopGroup) async throws -> any Channel {
    try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.recvAllocator, value: receiveAllocator)
      .childChannelOption(.writeBufferWaterMark, value: writeWaterMark)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try prepare(channel) }
      }
      .bind(host: configuration.host, port: configuration.port)
      .get()
  }

  private func prepare(_ channel: any Channel) throws {
    guard sessions.beginHandshake(channel) else { throw ChannelError.connectTimeout(.zero) }
    channel.closeFuture.whenComplete { _ in sessions.endHandshake(channel) }
    let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(configuration.upgradeTimeout)) {
      guard sessions.endHandshake(channel) else { return }
      sessions.counters.handshakeCut()
      logger.warning(
        "closed a connection whose handshake took too long",
        metadata: ["peer": "\(channel.remoteAddress?.description ?? "unknown")"])
      channel.close(promise: nil)
    }
    channel.closeFuture.whenComplete { _ in deadline.cancel() }
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(NIOSSLServerHandler(context: tls))
    try pipeline.configureUpgradableHTTPServerPipeline(configuration: upgrade(of: channel))
      .whenFailure { _ in channel.close(promise: nil) }
  }

  private func upgrade(of channel: any Channel) -> NIOUpgradableHTTPServerPipelineConfiguration<Void> {
    // Carries the verdict from the judgement to whichever of the two ways follows it, on the same event loop.
    let verdict = NIOLoopBoundBox<UpgradeGate.Verdict>(.refuse(.noUpgrade), eventLoop: channel.eventLoop)
    let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
      maxFrameSize: configuration.limits.maximumBytes, enableAutomaticErrorHandling: false,
      shouldUpgrade: { channel, head in
        verdict.value = gate.judge(head, on: channel)
        let headers: HTTPHeaders? = if case .accept = verdict.value { HTTPHeaders() } else { nil }
        return channel.eventLoop.makeSucceededFuture(headers)
      },
      upgradePipelineHandler: { channel, _ in
        channel.eventLoop.makeCompletedFuture { try begin(verdict.value, on: channel) }
      })
    var configuration = NIOUpgradableHTTPServerPipelineConfiguration(
      upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
        upgraders: [upgrader],
        notUpgradingCompletionHandler: { channel in
          channel.eventLoop.makeCompletedFuture { try refuse(verdict.value, on: channel) }
        }))
    configuration.decoderConfiguration.maxHeaderFieldSize = self.configuration.maximumHeaderBytes
    configuration.decoderConfiguration.maxHeaderListSize = self.configuration.maximumHeaderBytes
    configuration.decoderConfiguration.maxHeaderFieldCount = 64
    return configuration
  }

  private func begin(_ verdict: UpgradeGate.Verdict, on channel: any Channel) throws {
    guard case .accept(let admission) = verdict else { preconditionFailure("only accepted requests are upgraded") }
    let link = try WebSocketLink.install(on: channel, options: options)
    sessions.endHandshake(channel)
    guard sessions.register(link, for: admission.nodeName) else {
      link.startClosing(.tryAgainLater)
      return
    }
    deliver(
      HubConnection(
        nodeName: admission.nodeName, projectID: admission.projectID, remoteAddress: admission.remoteAddress,
        link: link))
  }

  private func refuse(_ verdict: UpgradeGate.Verdict, on channel: any Channel) throws {
    sessions.counters.requestRefused()
    let refusal: UpgradeGate.Refusal = if case .refuse(let refusal) = verdict { refusal } else { .noUpgrade }
    try channel.pipeline.syncOperations.addHandler(RefusalHandler(refusal: refusal))
  }

  private var options: WebSocketOptions {
    WebSocketOptions(
      role: .server, limits: configuration.limits, pingInterval: TimeAmount(configuration.pingInterval),
      pingTimeout: TimeAmount(configuration.pingTimeout))
  }
}

/// The adaptive default grows to 256 KiB for each connection; thousands of nodes make that gigabytes.
let receiveAllocator = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 32 << 10)
let writeWaterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 64 << 10, high: 256 << 10)
#endif
