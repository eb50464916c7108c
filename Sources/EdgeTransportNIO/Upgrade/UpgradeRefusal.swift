#if Networking
import NIOCore
import NIOHTTP1

/// Why a request was not upgraded, as an HTTP answer.
public struct UpgradeRefusal: Hashable, Sendable {
  public var status: Int
  /// The body of the answer, so it must hold no secrets.
  public var reason: String
  public var retryAfter: Duration?

  public init(status: Int, reason: String, retryAfter: Duration? = nil) {
    self.status = status
    self.reason = reason
    self.retryAfter = retryAfter
  }

  /// To a request that asks for no WebSocket, or for another version of it.
  static let noUpgrade = UpgradeRefusal(status: 426, reason: "this is a WebSocket endpoint")
}

/// Answers a request that was not upgraded, and closes. NIO's upgrade handler has eaten the head of a request that it
/// was told not to upgrade, so the answer goes out as soon as this handler is there.
final class RefusalHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let refusal: UpgradeRefusal

  init(refusal: UpgradeRefusal) { self.refusal = refusal }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

  func handlerAdded(context: ChannelHandlerContext) {
    let body = ByteBuffer(string: refusal.reason + "\n")
    var headers = HTTPHeaders([
      ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "\(body.readableBytes)"),
      ("Connection", "close"),
    ])
    if refusal.status == 426 {
      headers.add(name: "Upgrade", value: "websocket")
      headers.add(name: "Sec-WebSocket-Version", value: "13")
    }
    if let retryAfter = refusal.retryAfter {
      headers.add(name: "Retry-After", value: "\(max(1, retryAfter.components.seconds))")
    }
    let head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: refusal.status), headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    let channel = context.channel
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
#endif
