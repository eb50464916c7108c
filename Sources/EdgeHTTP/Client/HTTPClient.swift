#if Networking
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A small HTTP/1.1 client of one server; each request has a connection of its own.
///
/// No pool and no keep-alive on purpose: its callers send few requests or hold one watch for hours, and a request that
/// has no connection to share cannot meet the race between a reused connection and the server's idle close.
public struct HTTPClient: Sendable {
  private let host: String
  private let port: Int
  private let tls: NIOSSLContext?
  private let serverHostname: String?
  private let group: any EventLoopGroup
  private let connectTimeout: Duration
  /// A longer response body makes ``send(_:timeout:)`` fail with ``HTTPClientError/Code/tooLarge``.
  public var maximumBodyBytes = 64 << 20

  /// - Parameters:
  ///   - tls: nil sends plain text.
  ///   - serverHostname: the name in the server's certificate when it differs from `host`. An IP address is checked
  ///     against the certificate's IP names through the connection's remote address.
  public init(
    host: String, port: Int, tls: NIOSSLContext?, serverHostname: String? = nil, group: any EventLoopGroup,
    connectTimeout: Duration = .seconds(5)
  ) {
    self.host = host
    self.port = port
    self.tls = tls
    let name = serverHostname ?? host
    // SNI carries names only (RFC 6066, section 3); without one NIOSSL verifies the peer's IP address.
    self.serverHostname = (try? SocketAddress(ipAddress: name, port: 0)) == nil ? name : nil
    self.group = group
    self.connectTimeout = connectTimeout
  }

  /// Sends a request and returns its whole response.
  /// - Parameter timeout: for everything after the connection is made, TLS handshake included.
  public func send(
    _ request: HTTPClientRequest, timeout: Duration = .seconds(30)
  ) async throws(HTTPClientError) -> HTTPClientResponse {
    do {
      return try await withExchange(request, deadline: timeout) { inbound, _ in
        var response: HTTPClientResponse?
        for try await part in inbound {
          switch part {
          case .head(let head):
            response = HTTPClientResponse(
              status: Int(head.status.code), headers: HTTPHeaderList(head.headers), body: [])
          case .body(let bytes):
            guard (response?.body.count ?? 0) + bytes.readableBytes <= maximumBodyBytes else {
              throw HTTPClientError(code: .tooLarge, message: "the response is larger than \(maximumBodyBytes) bytes")
            }
            response?.body.append(contentsOf: bytes.readableBytesView)
          case .end:
            if let response { return response }
          }
        }
        throw HTTPClientError(code: .closed, message: "the connection closed before the response was complete")
      }
    } catch {
      throw HTTPClientError(mapping: error, host: host, port: port)
    }
  }

  /// Sends a request and hands over its response as it arrives; returns at its end. Not reading fast enough slows the
  /// server down. Cancelling the task closes the connection.
  /// - Parameters:
  ///   - headTimeout: from the connection to the response's head; the body may take for ever.
  ///   - onHead: called once. Throwing ends the exchange.
  ///   - onChunk: called for each piece of the body; pieces have no relation to what the server wrote at once.
  /// - Throws: ``HTTPClientError``, or what a closure threw.
  public func stream(
    _ request: HTTPClientRequest, headTimeout: Duration = .seconds(30),
    onHead: (HTTPClientResponseHead) async throws -> Void, onChunk: ([UInt8]) async throws -> Void
  ) async throws {
    do {
      try await withExchange(request, deadline: headTimeout) { inbound, deadline in
        for try await part in inbound {
          switch part {
          case .head(let head):
            deadline.cancel()
            let head = HTTPClientResponseHead(
              status: Int(head.status.code), headers: HTTPHeaderList(head.headers))
            do { try await onHead(head) } catch { throw CallerError(cause: error) }
          case .body(let bytes):
            do { try await onChunk(Array(bytes.readableBytesView)) } catch { throw CallerError(cause: error) }
          case .end: return
          }
        }
        try Task.checkCancellation()
        throw HTTPClientError(code: .closed, message: "the connection closed before the response was complete")
      }
    } catch let error as CallerError {
      throw error.cause
    } catch let error as CancellationError {
      throw error
    } catch {
      throw HTTPClientError(mapping: error, host: host, port: port)
    }
  }

  private struct CallerError: Error {
    let cause: any Error
  }
}

extension HTTPClient {
  private typealias Exchange = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

  private func withExchange<Result: Sendable>(
    _ request: HTTPClientRequest, deadline: Duration,
    _ body: (NIOAsyncChannelInboundStream<HTTPClientResponsePart>, ExchangeDeadline) async throws -> Result
  ) async throws -> Result {
    let parts = try requestParts(request)
    let exchange = try await connect()
    let deadline = ExchangeDeadline(closing: exchange.channel, in: deadline)
    defer { deadline.cancel() }
    do {
      return try await exchange.executeThenClose { inbound, outbound in
        do {
          try await outbound.write(contentsOf: parts)
        } catch {
          // A server may answer, with 413 say, and close before it has read everything: its answer comes first.
          do { return try await body(inbound, deadline) } catch is CallerError { throw error } catch let read {
            throw read is HTTPClientError ? error : read
          }
        }
        return try await body(inbound, deadline)
      }
    } catch  where deadline.hasPassed && !(error is CallerError) {
      throw HTTPClientError(code: .timeout, message: "no answer from \(host):\(port) in time", cause: error)
    }
  }

  private func requestParts(_ request: HTTPClientRequest) throws -> [HTTPClientRequestPart] {
    guard request.target.utf8.first == UInt8(ascii: "/"),
      request.target.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw HTTPClientError(
        code: .invalidRequest, message: "the request target must begin with / and be printable ASCII")
    }
    let headers = HTTPHeaders(
      [("Host", host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"), ("Connection", "close")]
        + request.headers.fields.map { ($0.name, $0.value) }
        + (request.body.isEmpty && ["GET", "HEAD", "DELETE"].contains(request.method)
          ? [] : [("Content-Length", String(request.body.count))]))
    let head = HTTPRequestHead(
      version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: request.target, headers: headers)
    let body: [HTTPClientRequestPart] =
      request.body.isEmpty ? [] : [.body(.byteBuffer(ByteBuffer(bytes: request.body)))]
    return [.head(head)] + body + [.end(nil)]
  }

  private func connect() async throws -> Exchange {
    try await ClientBootstrap(group: group)
      .connectTimeout(TimeAmount(connectTimeout))
      .channelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
      .connect(host: host, port: port) { [tls, serverHostname] channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls {
            try channel.pipeline.syncOperations.addHandler(
              NIOSSLClientHandler(context: tls, serverHostname: serverHostname))
          }
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          return try Exchange(wrappingChannelSynchronously: channel)
        }
      }
  }
}
#endif
