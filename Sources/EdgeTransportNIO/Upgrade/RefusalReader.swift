#if Networking
import EdgeTransport
import NIOCore
import NIOHTTP1

/// Reads the HTTP answer of a hub that did not upgrade, so that its words reach whoever must act on them.
final class RefusalReader: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  private static let maximumReasonBytes = 1024

  private let promise: EventLoopPromise<TransportError>
  private var head: HTTPResponseHead?
  private var body = ByteBuffer()

  init(promise: EventLoopPromise<TransportError>) { self.promise = promise }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body(var part):
      let room = Self.maximumReasonBytes - body.readableBytes
      if var slice = part.readSlice(length: min(room, part.readableBytes)) { body.writeBuffer(&slice) }
    case .end: finish()
    }
  }

  func channelInactive(context: ChannelHandlerContext) { finish() }
  func handlerRemoved(context: ChannelHandlerContext) { finish() }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { finish() }

  /// A promise takes its first value and ignores the rest.
  private func finish() {
    guard let head else {
      return promise.succeed(TransportError(code: .connectionLost, message: "the hub hung up on the upgrade"))
    }
    let words = String(decoding: body.readableBytesView, as: UTF8.self)
    let reason = words.split(whereSeparator: \.isNewline).first.map(String.init) ?? head.status.reasonPhrase
    let seconds = head.headers.first(name: "Retry-After").flatMap { UInt32($0) }
    promise.succeed(
      TransportError(
        code: .refused, message: "the hub refused (\(head.status.code)): \(reason)", status: Int(head.status.code),
        retryAfter: seconds.map { .seconds(min($0, 3600)) }))
  }
}
#endif
