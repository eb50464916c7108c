#if Networking
import NIOCore
import NIOHTTP1

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
