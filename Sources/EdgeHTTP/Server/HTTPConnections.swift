#if Networking
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// HTTP/1.1 on connections that somebody else accepts, counts and closes when the server stops: what ``HTTPServer`` is without
/// its listener.
public struct HTTPConnections: Sendable {
  private let configuration: HTTPServerConfiguration
  private let logger: Logger
  private let handler: @Sendable (HTTPServerRequest) async -> HTTPServerResponse

  /// - Parameters:
  ///   - configuration: its limits of one connection; where to listen and how many connections there may be is not asked.
  ///   - handler: is cancelled when the peer goes away before it has answered.
  public init(
    configuration: HTTPServerConfiguration, logger: Logger,
    handler: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerResponse
  ) {
    self.configuration = configuration
    self.logger = logger
    self.handler = handler
  }

  /// One connection that is spoken on.
  public struct Open: Sendable {
    fileprivate let connection: HTTPServerConnection
    fileprivate let logger: Logger
    fileprivate let handler: @Sendable (HTTPServerRequest) async -> HTTPServerResponse

    /// Answers requests until the connection is closed.
    public func run() async { await connection.serve(handler, logger: logger) }

    /// Ends streamed responses, and the connection when the request in progress has been answered.
    public func stop() { connection.quiesce() }
  }

  /// Adds the handlers to the end of the channel's pipeline. On the channel's event loop.
  public func open(_ channel: any Channel) throws -> Open {
    Open(
      connection: try HTTPServerConnection.configure(channel, configuration: configuration), logger: logger,
      handler: handler)
  }
}

extension HTTPServerConnection {
  /// On the channel's event loop.
  static func configure(
    _ channel: any Channel, configuration: HTTPServerConfiguration
  ) throws -> HTTPServerConnection {
    let pipeline = channel.pipeline.syncOperations
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = min(limits.maxHeaderFieldSize, configuration.maximumHeaderBytes)
    limits.maxHeaderListSize = configuration.maximumHeaderBytes
    try pipeline.configureHTTPServerPipeline(
      withPipeliningAssistance: true, withErrorHandling: true, withEncoderConfiguration: .init(),
      withDecoderLimitConfiguration: limits)
    let (requests, continuation) = AsyncStream.makeStream(of: HTTPServerRequest.self)
    let closed = CancellationSwitch()
    let stopping = CancellationSwitch()
    let handler = HTTPServerHandler(
      configuration: configuration, requests: continuation, closed: closed, stopping: stopping)
    try pipeline.addHandler(handler)
    return HTTPServerConnection(
      channel: channel, requests: requests, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop),
      closed: closed, stopping: stopping)
  }
}
#endif
