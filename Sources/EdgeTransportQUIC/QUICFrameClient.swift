#if QUIC
import EdgeTransport
import EdgeTransportNIO
import NIOCore
import NIOPosix

/// Makes carriers to one ``QUICFrameServer``, one at a time.
public struct QUICFrameClient: Sendable {
  public struct Configuration: Sendable {
    public var host: String
    public var port: Int
    /// The name or IP address that the server's certificate must bear; `host` when nil.
    public var serverHostname: String?
    /// The client is the end that keeps the connection, and its place in NATs, alive.
    public var timing = QUICTiming(keepalive: .seconds(10))

    public init(host: String, port: Int, serverHostname: String? = nil) {
      self.host = host
      self.port = port
      self.serverHostname = serverHostname
    }
  }

  private let configuration: Configuration
  private let credentials: QUICCredentials
  private let group: any EventLoopGroup
  private let counters = LinkCounters(prefix: "edge_quic")

  /// - Parameter credentials: the node's certificate, and the hub's authority.
  public init(configuration: Configuration, credentials: QUICCredentials, group: any EventLoopGroup) {
    self.configuration = configuration
    self.credentials = credentials
    self.group = group
  }

  /// Connects and proves who we are.
  /// - Throws: ``TransportError``: `unreachable` (the name does not resolve, or this machine has no network), `timedOut` (also
  ///   when nobody listens there: UDP does not say so), `insecure`, `connectionLost`, `protocolViolation`, `framesNotSpoken`. The
  ///   server judges our certificate after our end is ready; the carrier's first `receive` then throws `insecure`.
  public func connect() async throws(TransportError) -> QUICClientCarrier {
    if Task.isCancelled { throw .cancelled }
    let server = "\(configuration.host):\(configuration.port)"
    do {
      let remote = try await resolve()
      let loop = group.next()
      let dialer = try await loop.submit { [configuration, credentials, counters] in
        QUICDialerHandle(
          QUICDialer(
            configuration: configuration, credentials: credentials, remote: remote, counters: counters, loop: loop))
      }.get()
      return try await withTaskCancellationHandler {
        QUICClientCarrier(link: try await dialer.connect(), dialer: dialer)
      } onCancel: {
        dialer.giveUp()
      }
    } catch let error as TransportError {
      if Task.isCancelled { throw .cancelled }
      throw TransportError(code: error.code, message: "\(server): \(error.message)", cause: error.cause)
    } catch {
      throw TransportError(code: .unreachable, message: "\(server) cannot be reached", cause: error)
    }
  }

  /// The first address of the host. getaddrinfo blocks, so not on an event loop.
  private func resolve() async throws -> SocketAddress {
    if let address = try? SocketAddress(ipAddress: configuration.host, port: configuration.port) { return address }
    return try await NIOThreadPool.singleton.runIfActive { [configuration] in
      try SocketAddress.makeAddressResolvingHost(configuration.host, port: configuration.port)
    }
  }
}
#endif
