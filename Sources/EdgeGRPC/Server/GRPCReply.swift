#if Networking
import NIOCore

/// Answers one unary call, once, from any thread. A call that is never answered lasts until its deadline or its
/// client's patience ends.
public struct GRPCReply<Response: Sendable>: Sendable {
  let port: UnaryPort
  let codec: GRPCCodec<Response>

  public func succeed(_ response: Response) {
    port.answer(.success(.frame(MessageFrame.make { codec.encode(response, &$0) })))
  }

  /// As ``succeed(_:)``, for a response that is encoded while it is sent.
  public func succeed(inPieces pieces: some GRPCMessagePieces) {
    port.answer(.success(.pieces(PiecewiseFrame(pieces))))
  }

  public func fail(_ status: GRPCStatus) { port.answer(.failure(status)) }
}

/// The one response of a unary call.
enum UnaryAnswer: Sendable {
  case frame(ByteBuffer)
  case pieces(PiecewiseFrame)
}

struct UnaryPort: Sendable {
  let mailbox: LoopMailbox<ServerCommand>
  let stream: StreamID

  func answer(_ answer: Result<UnaryAnswer, GRPCStatus>) { mailbox.post(.answer(stream, answer)) }
}

struct ServerStreamPort: StreamPort {
  let mailbox: LoopMailbox<ServerCommand>
  let stream: StreamID

  func send(_ command: StreamCommand) { mailbox.post(.stream(stream, command)) }
}

/// What handlers ask of their connection.
enum ServerCommand: Sendable {
  case answer(StreamID, Result<UnaryAnswer, GRPCStatus>)
  case stream(StreamID, StreamCommand)
  case draw(StreamID, any GRPCMessageSource)
  /// Its source has something to say.
  case wake(StreamID)
  case finish(StreamID, GRPCStatus)
  case stop
}
#endif
