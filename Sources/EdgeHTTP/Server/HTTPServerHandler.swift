#if Networking
import NIOCore
import NIOHTTP1
import NIOSSL

/// The event-loop side of one server connection: performs what ``RequestAssembly`` decides, keeps the deadlines, and
/// hands complete requests to the connection's task.
final class HTTPServerHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  let configuration: HTTPServerConfiguration
  private let requests: AsyncStream<HTTPServerRequest>.Continuation
  private let closed: CancellationSwitch
  private let stopping: CancellationSwitch
  var assembly: RequestAssembly
  private var deadline: Scheduled<Void>?
  private var peer: PeerCertificate?
  private(set) var context: ChannelHandlerContext?

  init(
    configuration: HTTPServerConfiguration, requests: AsyncStream<HTTPServerRequest>.Continuation,
    closed: CancellationSwitch, stopping: CancellationSwitch
  ) {
    self.configuration = configuration
    self.requests = requests
    self.closed = closed
    self.stopping = stopping
    assembly = RequestAssembly(maximumBodyBytes: configuration.maximumBodyBytes)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    closeUnlessDone(within: configuration.headerTimeout, context: context)
  }

  func handlerRemoved(context: ChannelHandlerContext) { end() }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  private func end() {
    deadline?.cancel()
    deadline = nil
    context = nil
    requests.finish()
    stopping.throw()
    closed.throw()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      closeUnlessDone(within: configuration.idleTimeout, context: context)
      perform(assembly.received(head: head), context: context)
    case .body(let part): perform(assembly.received(body: part), context: context)
    case .end: perform(assembly.receivedEnd(), context: context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    assembly.abandon()
    if error is HTTPParserError {
      // NIO's protocol error handler has written the 400 already.
      lingerThenClose(context: context)
    } else {
      context.close(promise: nil)
    }
  }

  private func perform(_ action: RequestAssembly.Action, context: ChannelHandlerContext) {
    switch action {
    case .none: break
    case .sendContinue:
      let head = HTTPResponseHead(version: .http1_1, status: .continue)
      context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    case .deliver(let head, let body):
      deadline?.cancel()
      requests.yield(request(head: head, body: body, context: context))
    case .refuseOversized:
      let text = "the request body is larger than \(configuration.maximumBodyBytes) bytes\n"
      let headers: HTTPHeaders = [
        "Connection": "close", "Content-Type": "text/plain; charset=utf-8", "Content-Length": "\(text.utf8.count)",
      ]
      let head = HTTPResponseHead(version: .http1_1, status: .payloadTooLarge, headers: headers)
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      lingerThenClose(context: context)
    case .close: context.close(promise: nil)
    }
  }

  private func request(head: HTTPRequestHead, body: [UInt8], context: ChannelHandlerContext) -> HTTPServerRequest {
    if peer == nil, let tls = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self),
      let der = try? tls.peerCertificate?.toDERBytes()
    {
      peer = PeerCertificate(derBytes: der)
    }
    return HTTPServerRequest(
      method: head.method.rawValue, target: head.uri, headers: HTTPHeaderList(head.headers), body: body, peer: peer,
      remoteAddress: context.remoteAddress?.ipAddress ?? "")
  }

  /// Ends our side and goes on reading for a moment: closing with unread bytes would make the kernel send a reset, which
  /// may destroy the response before the peer has read it.
  private func lingerThenClose(context: ChannelHandlerContext) {
    context.close(mode: .output, promise: nil)
    closeUnlessDone(within: .seconds(1), context: context)
  }

  func closeUnlessDone(within timeout: Duration, context: ChannelHandlerContext) {
    deadline?.cancel()
    let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: TimeAmount(timeout)) { loopBound.value.close(promise: nil) }
  }
}
#endif
