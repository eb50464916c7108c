#if Networking
import NIOCore
import NIOHTTP1
import NIOSSL

/// The event-loop side of one server connection: performs what ``RequestAssembly`` decides, keeps the deadlines, and
/// hands complete requests to the connection's task.
final class HTTPServerHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let configuration: HTTPServerConfiguration
  private let requests: AsyncStream<HTTPServerRequest>.Continuation
  private let closed: CancellationSwitch
  private let stopping: CancellationSwitch
  private var assembly: RequestAssembly
  private var deadline: Scheduled<Void>?
  private var peer: PeerCertificate?
  private var context: ChannelHandlerContext?

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

  private func closeUnlessDone(within timeout: Duration, context: ChannelHandlerContext) {
    deadline?.cancel()
    let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: TimeAmount(timeout)) { loopBound.value.close(promise: nil) }
  }
}

// Called by the connection's task, on the event loop.
extension HTTPServerHandler {
  enum Start {
    /// HEAD: the headers are all there is.
    case complete
    case bodyExpected
  }

  private static let gone = HTTPPeerGone(cause: ChannelError.ioOnClosedChannel)

  func respond(_ response: HTTPServerResponse, bytes: [UInt8]) throws -> EventLoopFuture<Void> {
    guard let context, let request = assembly.requestInProgress else { throw Self.gone }
    var headers = responseHeaders(response, to: request)
    if response.status != 204, response.status != 304 {
      headers.replaceOrAdd(name: "Content-Length", value: String(bytes.count))
    }
    write(head: response.status, headers: headers, to: request, context: context)
    if request.method != .HEAD, !bytes.isEmpty {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
    }
    return finish(context: context)
  }

  func beginStream(_ response: HTTPServerResponse) throws -> Start {
    guard let context, let request = assembly.requestInProgress else { throw Self.gone }
    var headers = responseHeaders(response, to: request)
    if request.method == .HEAD {
      headers.replaceOrAdd(name: "Content-Length", value: "0")
    } else if request.version == .http1_0 {
      // Without chunks the end of the connection is the end of the body, so it cannot be kept.
      assembly.abandon()
      headers.replaceOrAdd(name: "Connection", value: "close")
    }
    write(head: response.status, headers: headers, to: request, context: context)
    context.flush()
    return request.method == .HEAD ? .complete : .bodyExpected
  }

  func writeChunk(_ bytes: [UInt8]) throws -> EventLoopFuture<Void> {
    guard let context else { throw Self.gone }
    let promise = context.eventLoop.makePromise(of: Void.self)
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: promise)
    return guardingAgainstStall(promise.futureResult, context: context)
  }

  func endStream() throws -> EventLoopFuture<Void> {
    guard let context else { throw Self.gone }
    return finish(context: context)
  }

  func abort() { context?.close(promise: nil) }

  private func responseHeaders(_ response: HTTPServerResponse, to request: HTTPRequestHead) -> HTTPHeaders {
    var headers = HTTPHeaders(response.headers)
    if !request.isKeepAlive {
      headers.replaceOrAdd(name: "Connection", value: "close")
    } else if request.version == .http1_0 {
      headers.replaceOrAdd(name: "Connection", value: "keep-alive")
    }
    return headers
  }

  private func write(
    head status: Int, headers: HTTPHeaders, to request: HTTPRequestHead, context: ChannelHandlerContext
  ) {
    // NIO frames a body without a length by this version: chunks for 1.1, the end of the connection for 1.0.
    let version = request.version == .http1_0 ? HTTPVersion.http1_0 : .http1_1
    let head = HTTPResponseHead(version: version, status: .init(statusCode: status), headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
  }

  private func finish(context: ChannelHandlerContext) -> EventLoopFuture<Void> {
    let next = assembly.responseEnds()
    let promise = context.eventLoop.makePromise(of: Void.self)
    if next == .keepOpen { closeUnlessDone(within: configuration.idleTimeout, context: context) }
    let written = guardingAgainstStall(promise.futureResult, context: context)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
    if next == .close {
      let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
      written.whenComplete { _ in loopBound.value.close(promise: nil) }
    }
    return written
  }

  private func guardingAgainstStall(_ written: EventLoopFuture<Void>, context: ChannelHandlerContext)
    -> EventLoopFuture<Void>
  {
    let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
    let stall = context.eventLoop.scheduleTask(in: TimeAmount(configuration.writeTimeout)) {
      loopBound.value.close(promise: nil)
    }
    written.whenComplete { _ in stall.cancel() }
    return written
  }
}
#endif
