#if Networking
/// What a handler answers.
public struct HTTPServerResponse: Sendable {
  public enum Body: Sendable {
    /// Sent with its Content-Length.
    case bytes([UInt8])
    /// Sent chunked, as the closure writes it. The closure is cancelled when the connection closes or the server stops.
    /// Returning ends the response; throwing cuts the connection, so that the peer can tell a broken body from a whole one.
    case stream(@Sendable (HTTPBodyWriter) async throws -> Void)
  }

  public var status: Int
  public var headers: [(String, String)]
  public var body: Body

  public init(status: Int, headers: [(String, String)] = [], body: Body = .bytes([])) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A `text/plain` answer.
  public static func text(_ status: Int, _ text: String) -> HTTPServerResponse {
    HTTPServerResponse(
      status: status, headers: [("Content-Type", "text/plain; charset=utf-8")], body: .bytes(Array(text.utf8)))
  }
}

/// Writes the body of a streamed response.
public struct HTTPBodyWriter: Sendable {
  private let connection: HTTPServerConnection

  init(connection: HTTPServerConnection) { self.connection = connection }

  /// Sends one chunk and returns when the operating system has taken it, so a slow peer slows the writer.
  /// - Throws: `CancellationError` when the response is to end, ``HTTPPeerGone`` when the peer has closed or has taken
  ///   nothing for the server's write timeout.
  public func write(_ bytes: [UInt8]) async throws {
    try Task.checkCancellation()
    try await connection.writeChunk(bytes)
  }
}

/// The peer closed the connection before the response was complete.
public struct HTTPPeerGone: Error, Sendable {
  public let cause: any Error
}
#endif
