#if Networking
import Logging
import NIOCore
import NIOHTTP2
import NIOPosix
import NIOSSL
import Synchronization

/// One connection of a client: any number of calls at once, until it ends; it is never opened again.
///
/// Calls fail with ``GRPCCallError``, which tells whether the server may have acted. Dropping the last reference does not
/// close it; ``close()`` does.
public final class GRPCConnection: Sendable {
  private let channel: any Channel
  private let mailbox: LoopMailbox<ClientCommand>
  private let configuration: GRPCConnectionConfiguration
  private let nextKey = Atomic<UInt64>(0)

  private init(channel: any Channel, mailbox: LoopMailbox<ClientCommand>, configuration: GRPCConnectionConfiguration) {
    self.channel = channel
    self.mailbox = mailbox
    self.configuration = configuration
  }

  /// Connects, with TLS if there is a context, and waits for the server's first settings.
  /// - Parameters:
  ///   - tls: must offer the application protocol `h2`.
  ///   - serverName: what the certificate must say; nil takes `host`.
  /// - Throws: ``GRPCCallError`` with UNAVAILABLE and no effect.
  public static func connect(
    host: String, port: Int, tls: NIOSSLContext? = nil, serverName: String? = nil,
    configuration: GRPCConnectionConfiguration = .init(), group: any EventLoopGroup, logger: Logger
  ) async throws -> GRPCConnection {
    let loop = group.next()
    let mailbox = LoopMailbox<ClientCommand>(eventLoop: loop)
    let ready = loop.makePromise(of: Void.self)
    let timeout = TimeAmount(configuration.connectTimeout)
    let channel: any Channel
    do {
      channel = try await ClientBootstrap(group: loop)
        .connectTimeout(timeout)
        .channelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
        .channelOption(
          ChannelOptions.recvAllocator,
          value: AdaptiveRecvByteBufferAllocator(minimum: 2 << 10, initial: 16 << 10, maximum: 256 << 10)
        )
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let tls {
              try pipeline.addHandler(
                try NIOSSLClientHandler(context: tls, serverHostname: Self.sni(serverName ?? host)))
            }
            try pipeline.addHandler(
              NIOHTTP2Handler(mode: .client, connectionConfiguration: configuration.http2Connection))
            try pipeline.addHandler(
              ClientConnectionHandler(
                configuration: configuration, scheme: tls == nil ? "http" : "https",
                authority: configuration.authority ?? "\(host.contains(":") ? "[\(host)]" : host):\(port)",
                mailbox: mailbox, ready: ready, logger: logger))
          }
        }
        .connect(host: host, port: port).get()
    } catch {
      // A promise must not be forgotten; nobody waits for it now.
      ready.fail(error)
      throw GRPCCallError(
        status: GRPCStatus(.unavailable, "cannot connect to \(host):\(port): \(error)"), effect: .none)
    }
    let timer = loop.scheduleTask(in: timeout) { channel.close(promise: nil) }
    defer { timer.cancel() }
    try await withTaskCancellationHandler {
      try await ready.futureResult.get()
    } onCancel: {
      channel.close(promise: nil)
    }
    return GRPCConnection(channel: channel, mailbox: mailbox, configuration: configuration)
  }

  /// Names go into SNI, addresses must not (RFC 6066, section 3).
  private static func sni(_ name: String) -> String? {
    if (try? SocketAddress(ipAddress: name, port: 0)) != nil { return nil }
    return name
  }

  /// Ends all calls with CANCELLED.
  public func close() async {
    mailbox.post(.close)
    try? await channel.closeFuture.get()
  }

  /// Returns when the connection has ended, for whatever reason.
  public func closed() async { try? await channel.closeFuture.get() }

  public var isActive: Bool { channel.isActive }

  // MARK: - Calls

  /// One request, one response. Cancelling the task cancels the call.
  /// - Throws: ``GRPCCallError``.
  public func unary<Request, Response>(
    _ method: GRPCMethod<Request, Response>, _ request: Request, options: GRPCCallOptions = .init()
  ) async throws -> Response {
    let frame = MessageFrame.make { method.request.encode(request, &$0) }
    let key = nextKey.wrappingAdd(1, ordering: .relaxed).newValue
    let response = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<ByteBuffer, any Error>) in
        post(
          key,
          StartCall(
            path: method.path, options: options,
            kind: .unary(frame) { result in
              switch result {
              case .success(let bytes): continuation.resume(returning: bytes)
              case .failure(let error): continuation.resume(throwing: error)
              }
            }))
        // The handler below ran before there was a call to cancel.
        if Task.isCancelled { mailbox.post(.cancel(key)) }
      }
    } onCancel: {
      mailbox.post(.cancel(key))
    }
    do { return try method.response.decode(response) } catch { throw Self.undecodable(error) }
  }

  /// A call with a stream of messages in one direction or both, open while `body` runs; if the server has not ended it
  /// then, it is cancelled.
  public func streaming<Request, Response, Result>(
    _ method: GRPCMethod<Request, Response>, options: GRPCCallOptions = .init(),
    isolation: isolated (any Actor)? = #isolation,
    _ body: (GRPCClientStream<Request, Response>) async throws -> Result
  ) async throws -> Result {
    let key = nextKey.wrappingAdd(1, ordering: .relaxed).newValue
    let port = ClientStreamPort(mailbox: mailbox, key: key)
    let inlet = StreamInlet(port: port, windowBytes: configuration.streamWindowBytes)
    let outlet = StreamOutlet(port: port, limit: configuration.streamWriteBufferBytes)
    post(key, StartCall(path: method.path, options: options, kind: .streaming(inlet, outlet)))
    defer { mailbox.post(.cancel(key)) }
    return try await body(
      GRPCClientStream(
        requests: GRPCMessageWriter(outlet: outlet, codec: method.request),
        responses: GRPCMessages(inlet: inlet, codec: method.response, decodingFailure: { Self.undecodable($0) }),
        outlet: outlet))
  }

  private func post(_ key: UInt64, _ call: StartCall) {
    if !mailbox.post(.start(key, call)) {
      call.fail(GRPCCallError(status: GRPCStatus(.unavailable, "the connection is closed"), effect: .none))
    }
  }

  private static func undecodable(_ error: any Error) -> GRPCCallError {
    GRPCCallError(status: GRPCStatus(.internalError, "the response cannot be decoded: \(error)"), effect: .answered)
  }
}

/// The two directions of one call.
public struct GRPCClientStream<Request: Sendable, Response: Sendable>: Sendable {
  public let requests: GRPCMessageWriter<Request>
  public let responses: GRPCMessages<Response>
  let outlet: StreamOutlet

  /// Tells the server that no further requests follow.
  public func endRequests() { outlet.end() }
}

extension GRPCConnectionConfiguration {
  var http2Connection: NIOHTTP2Handler.ConnectionConfiguration {
    var http2 = NIOHTTP2Handler.ConnectionConfiguration()
    http2.initialSettings = [
      HTTP2Setting(parameter: .enablePush, value: 0),
      HTTP2Setting(parameter: .initialWindowSize, value: streamWindowBytes),
      HTTP2Setting(parameter: .maxHeaderListSize, value: maximumHeaderBytes),
    ]
    // The server is one we chose; Go's pings with every round trip while it measures the path.
    http2.controlFrameRateLimit.maximumCount = 1_000
    http2.controlFrameRateLimit.windowLength = .milliseconds(50)
    http2.maximumConnectionGlitches = 100_000
    return http2
  }
}
#endif
