#if Networking
import NIOCore
import Logging

/// The task side of one server connection: takes its requests one after another, asks the handler, sends the answer.
struct HTTPServerConnection: Sendable {
  let channel: any Channel
  let requests: AsyncStream<HTTPServerRequest>
  let handler: NIOLoopBound<HTTPServerHandler>
  /// Thrown when the peer is gone: cancels whatever runs.
  let closed: CancellationSwitch
  /// Thrown when the server stops, and when the peer is gone: cancels streamed responses.
  let stopping: CancellationSwitch

  /// Returns when the connection is closed.
  func serve(_ handle: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerResponse, logger: Logger) async {
    for await request in requests {
      do {
        let response = try await closed.run { await handle(request) }
        try await send(response)
      } catch {
        logger.debug("response not completed", metadata: ["path": "\(request.path)", "reason": "\(error)"])
        await onLoop { $0.abort() }
      }
    }
    channel.close(promise: nil)
    try? await channel.closeFuture.get()
  }

  private func send(_ response: HTTPServerResponse) async throws {
    switch response.body {
    case .bytes(let bytes):
      try await awaiting { try $0.respond(response, bytes: bytes) }
    case .stream(let body):
      if try await channel.eventLoop.submit({ try handler.value.beginStream(response) }).get() == .bodyExpected {
        do {
          try await stopping.run { try await body(HTTPBodyWriter(connection: self)) }
        } catch is CancellationError where stopping.isThrown && !closed.isThrown {
          // The server is stopping: the response ends well formed, with fewer chunks than it might have had.
        }
      }
      try await awaiting { try $0.endStream() }
    }
  }

  func writeChunk(_ bytes: [UInt8]) async throws {
    do {
      try await awaiting { try $0.writeChunk(bytes) }
    } catch let gone as HTTPPeerGone {
      throw gone
    } catch {
      throw HTTPPeerGone(cause: error)
    }
  }

  /// Ends the connection as soon as the request in progress, if any, has been answered.
  func quiesce() {
    stopping.throw()
    channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
  }

  private func awaiting(_ work: @escaping @Sendable (HTTPServerHandler) throws -> EventLoopFuture<Void>) async throws {
    try await channel.eventLoop.flatSubmit {
      do {
        return try work(handler.value)
      } catch {
        return channel.eventLoop.makeFailedFuture(error)
      }
    }.get()
  }

  private func onLoop(_ work: @escaping @Sendable (HTTPServerHandler) -> Void) async {
    try? await channel.eventLoop.submit { work(handler.value) }.get()
  }
}
#endif
