#if Networking
import EdgeTransport
import NIOCore
import NIOPosix
import NIOSSL

/// Makes carriers to one ``TLSFrameServer``, one at a time.
public struct TLSFrameClient: Sendable {
  public struct Configuration: Sendable {
    public var host: String
    public var port: Int
    /// The name or IP address that the server's certificate must bear; `host` when nil.
    public var serverHostname: String?
    /// For TCP alone.
    public var connectTimeout: Duration = .seconds(5)
    /// For TLS, after the TCP connection stands.
    public var handshakeTimeout: Duration = .seconds(10)
    public var timing = ByteStreamTiming()

    public init(host: String, port: Int, serverHostname: String? = nil) {
      self.host = host
      self.port = port
      self.serverHostname = serverHostname
    }
  }

  private let configuration: Configuration
  private let tls: NIOSSLContext
  private let group: any EventLoopGroup
  private let counters = LinkCounters(prefix: "edge_frames")

  /// - Parameter tls: holds the node's certificate, trusts the hub's authority and offers frames:
  ///   `TLSContexts.frameClient(authorityPEM:identity:)`.
  public init(configuration: Configuration, tls: NIOSSLContext, group: any EventLoopGroup) {
    self.configuration = configuration
    self.tls = tls
    self.group = group
  }

  /// Connects and proves who we are.
  /// - Throws: ``TransportError``: `unreachable`, `timedOut`, `insecure`, `connectionLost`, `framesNotSpoken`. With TLS 1.3 a
  ///   server judges our certificate after our end is ready; the carrier's first `receive` then throws `insecure`.
  public func connect() async throws(TransportError) -> TLSFrameCarrier {
    if Task.isCancelled { throw .cancelled }
    do {
      let channel = try await ClientBootstrap(group: group)
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .channelOption(.recvAllocator, value: ReceiveBuffers.allocator)
        .channelOption(.writeBufferWaterMark, value: writeWaterMark)
        .connectTimeout(TimeAmount(configuration.connectTimeout))
        .connect(host: configuration.host, port: configuration.port)
        .get()
      return try await withTaskCancellationHandler {
        TLSFrameCarrier(link: try await handshake(channel))
      } onCancel: {
        channel.close(promise: nil)
      }
    } catch {
      throw TransportError(connecting: error, to: "\(configuration.host):\(configuration.port)")
    }
  }

  private func handshake(_ channel: any Channel) async throws -> ByteStreamLink {
    let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(configuration.handshakeTimeout)) {
      channel.pipeline.fireErrorCaught(HandshakeTimeout())
      channel.close(promise: nil)
    }
    defer { deadline.cancel() }
    return try await channel.eventLoop.flatSubmit { [configuration, tls, counters] in
      let done = channel.eventLoop.makePromise(of: ByteStreamLink.self)
      do {
        let pipeline = channel.pipeline.syncOperations
        let name = TLSServerName(configuration.serverHostname ?? configuration.host)
        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name.forIndication))
        try pipeline.addHandler(
          TLSHandshakeWatcher { result in
            done.completeWith(
              Result {
                guard try result.get() == FrameProtocol.applicationProtocol else {
                  channel.close(promise: nil)
                  throw TransportError.framesNotSpoken
                }
                return try ByteStreamLink.install(on: channel, timing: configuration.timing, counters: counters)
              })
          })
      } catch {
        done.fail(error)
      }
      return done.futureResult
    }.get()
  }
}
#endif
