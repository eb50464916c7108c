#if Networking
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

extension HTTPClientError {
  /// Names what NIO reports in the words of this client.
  init(mapping error: any Error, host: String, port: Int) {
    let server = "\(host):\(port)"
    switch error {
    case let known as HTTPClientError: self = known
    case let failure as NIOConnectionError:
      let errors = failure.connectionErrors.map(\.error)
      if errors.contains(where: { ($0 as? ChannelError).map(Self.isConnectTimeout) ?? false }) {
        self.init(code: .connectTimeout, message: "\(server) did not accept a connection in time", cause: error)
      } else if let first = errors.first {
        self.init(code: .refused, message: "cannot connect to \(server): \(first)", cause: error)
      } else {
        self.init(code: .refused, message: "cannot resolve \(host)", cause: error)
      }
    case let failure as ChannelError where Self.isConnectTimeout(failure):
      self.init(code: .connectTimeout, message: "\(server) did not accept a connection in time", cause: error)
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
      self.init(code: .tls, message: "TLS with \(server) failed: \(error)", cause: error)
    case is HTTPParserError:
      self.init(code: .malformed, message: "\(server) does not answer in HTTP/1.1: \(error)", cause: error)
    case is CancellationError:
      self.init(code: .closed, message: "the request was cancelled", cause: error)
    default:
      self.init(code: .closed, message: "the connection to \(server) failed: \(error)", cause: error)
    }
  }

  private static func isConnectTimeout(_ error: ChannelError) -> Bool {
    if case .connectTimeout = error { true } else { false }
  }
}
#endif
