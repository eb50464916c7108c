#if Networking
import Metrics
import NIOCore

/// The methods that a server offers.
public struct GRPCServices: Sendable {
  enum Behaviour: Sendable {
    case immediate(@Sendable (ByteBuffer, UnaryPort) -> Void)
    case unary(@Sendable (ByteBuffer, GRPCServerCall) async throws -> ByteBuffer)
    case streaming(@Sendable (StreamInlet, StreamOutlet, GRPCServerCall) async throws -> Void)
    case drawing(@Sendable (StreamInlet, GRPCMessageDrain, GRPCServerCall) async throws -> Void)
  }

  struct Entry: Sendable {
    let path: String
    let behaviour: Behaviour
    let metrics: MethodMetrics
    let answersBehindSources: Bool
  }

  private var entries: [String: Entry] = [:]
  private var services: Set<String> = []

  public init() {}

  /// A unary method whose handler runs on the connection's event loop and must not block; it answers at once or later,
  /// from any thread. No task is made, which is what makes it fast.
  ///
  /// - Parameter answersBehindSources: whether what it does is news for streams with sources: its answers leave behind what those
  ///   of the same connection have to say, for as long as the client reads that and 20 ms at most.
  public mutating func immediate<Request, Response>(
    _ method: GRPCMethod<Request, Response>, answersBehindSources: Bool = false,
    _ handler: @escaping @Sendable (Request, GRPCReply<Response>) -> Void
  ) {
    let (requestCodec, responseCodec) = (method.request, method.response)
    add(
      method.path,
      .immediate { bytes, port in
        let request: Request
        do { request = try requestCodec.decode(bytes) } catch {
          return port.answer(.failure(Self.status(ofUndecodable: error)))
        }
        handler(request, GRPCReply(port: port, codec: responseCodec))
      }, answersBehindSources: answersBehindSources)
  }

  /// A unary method whose handler is a task; it is cancelled when the client goes away or the deadline passes.
  public mutating func unary<Request, Response>(
    _ method: GRPCMethod<Request, Response>,
    _ handler: @escaping @Sendable (Request, GRPCServerCall) async throws -> Response
  ) {
    let (requestCodec, responseCodec) = (method.request, method.response)
    add(
      method.path,
      .unary { bytes, call in
        let request: Request
        do { request = try requestCodec.decode(bytes) } catch { throw Self.status(ofUndecodable: error) }
        let response = try await handler(request, call)
        return MessageFrame.make { responseCodec.encode(response, &$0) }
      })
  }

  /// A method with a stream of messages in one direction or both. The call ends with OK when the handler returns. The
  /// handler is cancelled when the client goes away, the deadline passes or the server stops.
  public mutating func streaming<Request, Response>(
    _ method: GRPCMethod<Request, Response>,
    _ handler:
      @escaping @Sendable (GRPCMessages<Request>, GRPCMessageWriter<Response>, GRPCServerCall) async throws -> Void
  ) {
    let (requestCodec, responseCodec) = (method.request, method.response)
    add(
      method.path,
      .streaming { inlet, outlet, call in
        try await handler(
          GRPCMessages(inlet: inlet, codec: requestCodec, decodingFailure: { Self.status(ofUndecodable: $0) }),
          GRPCMessageWriter(outlet: outlet, codec: responseCodec), call)
      })
  }

  /// As ``streaming(_:_:)``, for a method whose responses are made by a source when the stream can send them.
  public mutating func drawing<Request, Response>(
    _ method: GRPCMethod<Request, Response>,
    _ handler: @escaping @Sendable (GRPCMessages<Request>, GRPCMessageDrain, GRPCServerCall) async throws -> Void
  ) {
    let requestCodec = method.request
    add(
      method.path,
      .drawing { inlet, drain, call in
        try await handler(
          GRPCMessages(inlet: inlet, codec: requestCodec, decodingFailure: { Self.status(ofUndecodable: $0) }),
          drain, call)
      })
  }

  private mutating func add(_ path: String, _ behaviour: Behaviour, answersBehindSources: Bool = false) {
    precondition(entries[path] == nil, "\(path) is registered twice")
    entries[path] = Entry(
      path: path, behaviour: behaviour, metrics: MethodMetrics(path: path),
      answersBehindSources: answersBehindSources)
    services.insert(Self.split(path).service)
  }

  // MARK: - Lookup

  subscript(path: String) -> Entry? { entries[path] }

  /// Worded as other implementations do, since people search for these texts.
  func status(ofUnknown path: String) -> GRPCStatus {
    let (service, method) = Self.split(path)
    guard path.hasPrefix("/"), !service.isEmpty else {
      return GRPCStatus(.unimplemented, "malformed method name: \"\(path)\"")
    }
    return GRPCStatus(
      .unimplemented,
      services.contains(service)
        ? "unknown method \(method) for service \(service)" : "unknown service \(service)")
  }

  private static func split(_ path: String) -> (service: String, method: String) {
    let parts = path.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.count == 2 ? (String(parts[0]), String(parts[1])) : ("", "")
  }

  /// The code that other implementations give to what their decoders refuse.
  private static func status(ofUndecodable error: any Error) -> GRPCStatus {
    error as? GRPCStatus ?? GRPCStatus(.internalError, "grpc: error unmarshalling request: \(error)")
  }
}
#endif
