#if Networking
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// NIO's upgrade to WebSocket without the frame codec that it would put into the pipeline: ours reads and writes bytes.
final class WebSocketServerUpgrader<UpgradeResult: Sendable>: NIOTypedHTTPServerProtocolUpgrader, Sendable {
  let supportedProtocol = "websocket"
  let requiredUpgradeHeaders: [String] = []
  private let handshake: NIOTypedWebSocketServerUpgrader<UpgradeResult>
  private let install: @Sendable (any Channel) throws -> UpgradeResult

  /// - Parameters:
  ///   - judge: further headers of the answer; nil refuses.
  ///   - install: adds the handlers of the WebSocket, on the channel's event loop.
  init(
    judge: @escaping @Sendable (any Channel, HTTPRequestHead) -> HTTPHeaders?,
    install: @escaping @Sendable (any Channel) throws -> UpgradeResult
  ) {
    handshake = NIOTypedWebSocketServerUpgrader(
      enableAutomaticErrorHandling: false,
      shouldUpgrade: { channel, head in channel.eventLoop.makeSucceededFuture(judge(channel, head)) },
      upgradePipelineHandler: { channel, _ in channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported) })
    self.install = install
  }

  func buildUpgradeResponse(
    channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
  ) -> EventLoopFuture<HTTPHeaders> {
    handshake.buildUpgradeResponse(
      channel: channel, upgradeRequest: upgradeRequest, initialResponseHeaders: initialResponseHeaders)
  }

  func upgrade(channel: any Channel, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<UpgradeResult> {
    channel.eventLoop.makeCompletedFuture { try install(channel) }
  }
}

/// The client's counterpart of ``WebSocketServerUpgrader``.
final class WebSocketClientUpgrader<UpgradeResult: Sendable>: NIOTypedHTTPClientProtocolUpgrader, Sendable {
  let supportedProtocol = "websocket"
  let requiredUpgradeHeaders: [String] = []
  private let handshake: NIOLoopBound<NIOTypedWebSocketClientUpgrader<UpgradeResult>>
  /// What the server may choose from.
  private let subprotocols: [String]
  private let install: @Sendable (any Channel, HTTPResponseHead) throws -> UpgradeResult

  /// On the channel's event loop.
  init(
    on eventLoop: any EventLoop, subprotocols: [String],
    install: @escaping @Sendable (any Channel, HTTPResponseHead) throws -> UpgradeResult
  ) {
    let handshake = NIOTypedWebSocketClientUpgrader<UpgradeResult>(
      enableAutomaticErrorHandling: false,
      upgradePipelineHandler: { channel, _ in channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported) })
    self.handshake = NIOLoopBound(handshake, eventLoop: eventLoop)
    self.subprotocols = subprotocols
    self.install = install
  }

  func addCustom(upgradeRequestHeaders: inout HTTPHeaders) {
    handshake.value.addCustom(upgradeRequestHeaders: &upgradeRequestHeaders)
  }

  /// A server that chose what was not offered fails the handshake (RFC 6455 4.1); extensions are never offered.
  func shouldAllowUpgrade(upgradeResponse: HTTPResponseHead) -> Bool {
    let chosen = upgradeResponse.headers[canonicalForm: "Sec-WebSocket-Protocol"].map(String.init)
    guard chosen.count <= 1, chosen.allSatisfy(subprotocols.contains),
      upgradeResponse.headers["Sec-WebSocket-Extensions"].isEmpty
    else { return false }
    return handshake.value.shouldAllowUpgrade(upgradeResponse: upgradeResponse)
  }

  func upgrade(channel: any Channel, upgradeResponse: HTTPResponseHead) -> EventLoopFuture<UpgradeResult> {
    channel.eventLoop.makeCompletedFuture { try install(channel, upgradeResponse) }
  }
}
#endif
