#if Networking
import EdgeIdentity

/// Where an API server is and how to prove who asks. Its description withholds what is secret.
public struct ClientConfiguration: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  public enum Credential: Sendable, Hashable {
    case none
    case bearerToken(String)
    case certificate(KeyAndCertificate)
  }

  public let host: String
  public let port: Int
  /// False only for `http://`, which is for tests and for loopback.
  public let usesTLS: Bool
  /// The authority that must have signed the server's certificate; needed for `https://`.
  public let authorityPEM: String?
  public let credential: Credential

  /// - Parameter server: `https://host[:port]`, with an IPv6 address in brackets; the port is 443 (80) if not given.
  /// - Throws: ``KubeClientError/Code/misuse`` for another form of URL, an `https` server without an authority, and a
  ///   bearer token that would travel in the clear to another machine.
  public init(
    server: String, authorityPEM: String? = nil, credential: Credential = .none
  ) throws(KubeClientError) {
    let address = try ServerAddress(server)
    if address.usesTLS && authorityPEM == nil {
      throw KubeClientError(.misuse, "\(server): the certificate of the server's authority is needed")
    }
    if !address.usesTLS, !address.isLoopback, credential != .none {
      throw KubeClientError(.misuse, "\(server): credentials are only sent over https")
    }
    host = address.host
    port = address.port
    usesTLS = address.usesTLS
    self.authorityPEM = authorityPEM
    self.credential = credential
  }

  /// `https://host:port`.
  public var server: String { "\(usesTLS ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

  public var description: String {
    switch credential {
    case .none: "\(server), no credential"
    case .bearerToken: "\(server), bearer token withheld"
    case .certificate: "\(server), client certificate"
    }
  }

  public var debugDescription: String { description }
}

/// The parts of `https://host:port`.
private struct ServerAddress {
  let host: String
  let port: Int
  let usesTLS: Bool

  init(_ text: String) throws(KubeClientError) {
    var rest: Substring
    if text.hasPrefix("https://") {
      usesTLS = true
      rest = text.dropFirst(8)
    } else if text.hasPrefix("http://") {
      usesTLS = false
      rest = text.dropFirst(7)
    } else {
      throw Self.malformed(text)
    }
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { throw Self.malformed(text) }
      host = String(rest[rest.index(after: rest.startIndex)..<end])
      rest = rest[rest.index(after: end)...]
    } else {
      let end = rest.firstIndex(of: ":") ?? rest.endIndex
      host = String(rest[..<end])
      rest = rest[end...]
    }
    guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !host.contains("/") else {
      throw Self.malformed(text)
    }
    if rest.isEmpty {
      port = usesTLS ? 443 : 80
    } else {
      guard rest.first == ":", let number = Int(rest.dropFirst()), (1...65_535).contains(number) else {
        throw Self.malformed(text)
      }
      port = number
    }
  }

  var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

  private static func malformed(_ text: String) -> KubeClientError {
    KubeClientError(.misuse, "\"\(text.prefix(200))\" is not a server URL of the form https://host:port")
  }
}
#endif
