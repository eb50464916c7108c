#if Networking
import EdgeGRPC
import EdgeHTTP
import NIOCore

/// etcd's API as JSON over HTTP, below `/v3/`, for clients without gRPC: `curl`, scripts, small devices.
///
/// A request is turned into the message that a gRPC client would have sent, and goes the same way from there.
struct JSONGateway: Sendable {
  private let calls: LocalCalls
  private let maximumRequestBytes: Int

  private static let headers = [
    ("Content-Type", "application/json"), ("Grpc-Metadata-Content-Type", "application/grpc"),
  ]

  /// - Parameter maximumRequestBytes: of one message, as the gRPC side has it.
  init(_ calls: LocalCalls, maximumRequestBytes: Int) {
    self.calls = calls
    self.maximumRequestBytes = maximumRequestBytes
  }

  /// - Parameter path: begins with `/v3/`.
  func answer(_ request: HTTPServerRequest, path: String) async -> HTTPServerResponse {
    guard let route = GatewayRoute.all[path] else { return Self.failure(GRPCStatus(.notFound, "Not Found")) }
    guard request.method == "POST" else {
      return Self.failure(GRPCStatus(.unimplemented, "Method Not Allowed"))
    }
    switch route.kind {
    case .unary:
      do {
        var reader = GatewayReader(request.body)
        // No body is a request without fields; what follows a first value is not looked at.
        let message = try reader.next(route.request) ?? []
        let answer = try await calls.unary(route.method, try framed(message))
        return HTTPServerResponse(
          status: 200, headers: Self.headers, body: .bytes(try Self.json(answer, route.response)))
      } catch let status as GRPCStatus {
        return Self.failure(status)
      } catch {
        return Self.failure(GRPCStatus(.internalError, "the answer cannot be said in JSON"))
      }
    case .results:
      do throws(GRPCStatus) {
        var reader = GatewayReader(request.body)
        return stream(route, [try framed(try reader.next(route.request) ?? [])])
      } catch {
        return Self.failure(error)
      }
    case .streaming:
      return stream(route, requests(in: request.body, of: route.request))
    }
  }

  /// Those before the first that is none; etcd's gateway serves them all the same.
  private func requests(in body: [UInt8], of type: GatewayMessage) -> [ByteBuffer] {
    var requests: [ByteBuffer] = []
    var reader = GatewayReader(body)
    do throws(GRPCStatus) {
      while let message = try reader.next(type) { requests.append(try framed(message)) }
    } catch {}
    return requests
  }

  private func stream(_ route: GatewayRoute, _ requests: [ByteBuffer]) -> HTTPServerResponse {
    HTTPServerResponse(
      status: 200, headers: Self.headers,
      body: .stream { writer in
        do {
          try await calls.streaming(route.method, requests) { message in
            var line = Array(#"{"result":"#.utf8)
            line += try Self.json(message, route.response)
            line += "}\n".utf8
            try await writer.write(line)
          }
        } catch let status as GRPCStatus {
          // The client has gone or the server stops: what was said stands, and the text ends.
          if Task.isCancelled { throw CancellationError() }
          try await writer.write(GatewayError.line(status))
        }
      })
  }

  private func framed(_ message: [UInt8]) throws(GRPCStatus) -> ByteBuffer {
    guard message.count <= maximumRequestBytes else {
      throw GRPCStatus(
        .resourceExhausted, "grpc: received message larger than max (\(message.count) vs. \(maximumRequestBytes))")
    }
    return ByteBuffer(bytes: message)
  }

  private static func json(_ message: ByteBuffer, _ type: GatewayMessage) throws -> [UInt8] {
    try message.withUnsafeReadableBytes { raw in
      // Sound: bytes are bytes, whoever looks at them.
      try raw.withMemoryRebound(to: UInt8.self) { try GatewayWriter.json($0, type) }
    }
  }

  private static func failure(_ status: GRPCStatus) -> HTTPServerResponse {
    HTTPServerResponse(
      status: GatewayError.httpStatus(status.code), headers: [("Content-Type", "application/json")],
      body: .bytes(GatewayError.body(status)))
  }
}
#endif
