#if Networking
import EdgeTransport
import NIOCore
import NIOPosix
import NIOSSL

/// The TLS handshake, or the upgrade after it, took too long.
struct HandshakeTimeout: Error {}

/// The name that a server's certificate must bear.
struct TLSServerName {
  private let name: String

  init(_ name: String) { self.name = name }

  /// NIOSSL checks an IP address against the connected socket and takes only DNS names as the name to ask for.
  var forIndication: String? { (try? SocketAddress(ipAddress: name, port: 0)) == nil ? name : nil }
}

extension TransportError {
  /// Why there is no connection to `server`, in words that an operator can act on.
  init(connecting error: any Error, to server: String) {
    switch error {
    case let error as TransportError: self = error
    case is HandshakeTimeout:
      self.init(code: .timedOut, message: "\(server) did not answer the handshake in time")
    case ChannelError.connectTimeout:
      self.init(code: .timedOut, message: "\(server) did not answer in time", cause: error)
    case is NIOConnectionError, is IOError:
      self.init(code: .unreachable, message: "\(server) cannot be reached", cause: error)
    case NIOSSLError.uncleanShutdown:
      self.init(code: .connectionLost, message: "\(server) hung up during the handshake")
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
      self.init(code: .insecure, message: "TLS with \(server) failed", cause: error)
    default:
      self.init(code: .connectionLost, message: "\(server) hung up during the handshake", cause: error)
    }
  }
}
#endif
