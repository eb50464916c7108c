#if Networking
import NIOCore
import NIOHPACK
import NIOHTTP2

/// One call of a client as its connection sees it; lives on the event loop.
final class ClientStream {
  enum Receiver {
    case unary(@Sendable (Result<ByteBuffer, GRPCCallError>) -> Void)
    case streaming(StreamInlet, StreamOutlet)
  }

  let key: UInt64
  let id: HTTP2StreamID
  let receiver: Receiver
  var assembler: MessageAssembler
  var window: ReceiveWindow
  var response: ByteBuffer?
  /// Why the response's head is no gRPC, if it is not.
  var headFailure: GRPCStatus?
  var hasHead = false
  var hasEndedRequests = false
  var timer: Scheduled<Void>?

  init(key: UInt64, id: HTTP2StreamID, receiver: Receiver, maximumMessageBytes: Int, windowBytes: Int) {
    self.key = key
    self.id = id
    self.receiver = receiver
    assembler = MessageAssembler(maximumMessageBytes: maximumMessageBytes)
    window = ReceiveWindow(size: windowBytes)
  }

  func finish(_ error: GRPCCallError?) {
    timer?.cancel()
    timer = nil
    switch receiver {
    case .unary(let complete):
      if let error {
        complete(.failure(error))
      } else if let response {
        complete(.success(response))
      } else {
        let status = GRPCStatus(.internalError, "the server answered OK without a response")
        complete(.failure(GRPCCallError(status: status, effect: .answered)))
      }
    case .streaming(let inlet, let outlet):
      inlet.finish(error.map { .failure($0) } ?? .success(()))
      outlet.finish(error ?? GRPCCallError(status: .ok, effect: .answered))
    }
  }

  // MARK: - Statuses

  /// gRPC's table for responses that do not come from a gRPC server.
  static func status(ofHTTP status: String) -> GRPCStatus {
    let code: GRPCStatus.Code =
      switch status {
      case "400": .internalError
      case "401": .unauthenticated
      case "403": .permissionDenied
      case "404": .unimplemented
      case "429", "502", "503", "504": .unavailable
      default: .unknown
      }
    return GRPCStatus(code, "the server answered with HTTP status \(status)")
  }

  static func error(ofReset code: HTTP2ErrorCode) -> GRPCCallError {
    switch code {
    case .refusedStream:
      GRPCCallError(status: GRPCStatus(.unavailable, "the server refused the stream"), effect: .none)
    case .cancel: GRPCCallError(status: GRPCStatus(.cancelled, "the server cancelled the stream"), effect: .unknown)
    case .enhanceYourCalm:
      GRPCCallError(status: GRPCStatus(.resourceExhausted, "the server asks for calm"), effect: .unknown)
    case .inadequateSecurity:
      GRPCCallError(status: GRPCStatus(.permissionDenied, "the connection is not secure enough"), effect: .none)
    default:
      GRPCCallError(status: GRPCStatus(.internalError, "the stream was reset: \(code)"), effect: .unknown)
    }
  }
}

/// What callers ask of their connection.
enum ClientCommand: Sendable {
  case start(UInt64, StartCall)
  case stream(UInt64, StreamCommand)
  case cancel(UInt64)
  case close
}

struct StartCall: Sendable {
  enum Kind: Sendable {
    case unary(ByteBuffer, @Sendable (Result<ByteBuffer, GRPCCallError>) -> Void)
    case streaming(StreamInlet, StreamOutlet)
  }

  let path: String
  let options: GRPCCallOptions
  let kind: Kind

  func fail(_ error: GRPCCallError) {
    switch kind {
    case .unary(_, let complete): complete(.failure(error))
    case .streaming(let inlet, let outlet):
      inlet.finish(.failure(error))
      outlet.finish(error)
    }
  }
}

struct ClientStreamPort: StreamPort {
  let mailbox: LoopMailbox<ClientCommand>
  let key: UInt64

  func send(_ command: StreamCommand) { mailbox.post(.stream(key, command)) }
}
#endif
