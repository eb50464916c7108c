#if Networking
import EdgeTransport
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// Turns accepted sockets into WebSockets: TLS, the HTTP upgrade, the frames, each within its bounds.
///
/// What a request must say and what becomes of the WebSocket is the caller's: `judge` and `begin`.
struct UpgradeAcceptor<Admission: Sendable>: Sendable {
  enum Verdict: Sendable {
    case accept(Admission, subprotocol: String?)
    case refuse(UpgradeRefusal)
  }

  let listener: ListenerConfiguration
  /// Nil serves plain text.
  let tls: NIOSSLContext?
  let options: WebSocketOptions
  let handshakes: HandshakeTable
  let counters: HubCounters
  let logger: Logger
  /// Judges one upgrade request, on the channel's event loop.
  let judge: @Sendable (HTTPRequestHead, any Channel) -> Verdict
  /// Takes over a WebSocket, on the channel's event loop.
  let begin: @Sendable (WebSocketLink, Admission, _ subprotocol: String?) -> Void

  func listen(on group: any EventLoopGroup) async throws -> any Channel {
    try await HandshakeListener(
      host: listener.host, port: listener.port, timeout: listener.upgradeTimeout, handshakes: handshakes,
      logger: logger,
      wasCut: { [counters] in counters.handshakeCut() }
    ).listen(on: group) { try prepare($0) }
  }

  private func prepare(_ channel: any Channel) throws {
    let pipeline = channel.pipeline.syncOperations
    let buffers = try tls.map { try TLSBufferWatch.addTLS($0, to: channel) }
    if tls != nil { try pipeline.addHandler(TLSHandshakeWatcher { told($0, of: channel) }) }
    let bound = buffers.map { NIOLoopBound($0, eventLoop: channel.eventLoop) }
    try pipeline.configureUpgradableHTTPServerPipeline(
      configuration: upgrade(of: channel, buffers: bound)
    )
    .whenFailure { _ in channel.close(promise: nil) }
  }

  /// A node whose certificate has ended is told so by TLS alone; whoever runs the hub must hear of it, too.
  private func told(_ handshake: Result<String?, any Error>, of channel: any Channel) {
    guard case .failure(let error) = handshake, !(error is ChannelError) else { return }
    counters.requestRefused()
    logger.notice(
      "a handshake failed",
      metadata: HubEvent.refused.metadata([
        "peer": "\(channel.remoteAddress?.description ?? "unknown")", "reason": "\(error)",
      ]))
  }

  private func upgrade(
    of channel: any Channel, buffers: NIOLoopBound<TLSBufferWatch>?
  ) -> NIOUpgradableHTTPServerPipelineConfiguration<Void> {
    // Carries the verdict from the judgement to whichever of the two ways follows it, on the same event loop.
    let verdict = NIOLoopBoundBox<Verdict>(.refuse(.noUpgrade), eventLoop: channel.eventLoop)
    let upgrader = WebSocketServerUpgrader<Void>(
      judge: { channel, head in
        verdict.value = judge(head, channel)
        guard case .accept(_, let subprotocol) = verdict.value else { return nil }
        return subprotocol.map { ["Sec-WebSocket-Protocol": $0] } ?? [:]
      },
      install: { channel in
        guard case .accept(let admission, let subprotocol) = verdict.value else {
          preconditionFailure("only accepted requests are upgraded")
        }
        let link = try WebSocketLink.install(
          on: channel, options: options.speaking(subprotocol), buffers: buffers?.value)
        handshakes.end(channel)
        begin(link, admission, subprotocol)
      })
    var configuration = NIOUpgradableHTTPServerPipelineConfiguration(
      upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(
        upgraders: [upgrader],
        notUpgradingCompletionHandler: { channel in
          channel.eventLoop.makeCompletedFuture { try refuse(verdict.value, on: channel) }
        }))
    configuration.decoderConfiguration.maxHeaderFieldSize = listener.maximumHeaderBytes
    configuration.decoderConfiguration.maxHeaderListSize = listener.maximumHeaderBytes
    configuration.decoderConfiguration.maxHeaderFieldCount = 64
    return configuration
  }

  private func refuse(_ verdict: Verdict, on channel: any Channel) throws {
    counters.requestRefused()
    let refusal: UpgradeRefusal = if case .refuse(let refusal) = verdict { refusal } else { .noUpgrade }
    try channel.pipeline.syncOperations.addHandler(RefusalHandler(refusal: refusal))
  }
}

/// Where a server listens and what it bears of connections that are not sessions yet.
struct ListenerConfiguration: Sendable {
  var host: String
  var port: Int
  var upgradeTimeout: Duration
  var maximumHeaderBytes: Int
}

/// The adaptive default grows to 64 KiB and more for each connection; thousands of nodes make that gigabytes.
enum ReceiveBuffers {
  static let allocator = AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 64 << 10)
}
let writeWaterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 64 << 10, high: 256 << 10)
#endif
