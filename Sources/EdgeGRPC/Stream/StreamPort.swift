#if Networking
import NIOCore

/// What the two ends of a stream that live outside the event loop ask of it.
enum StreamCommand: Sendable {
  /// A framed message; the outlet is told when it has been written.
  case message(ByteBuffer)
  /// The reader has taken messages of so many bytes.
  case taken(Int)
  /// No further messages follow (client only; a server ends with a status).
  case end
}

protocol StreamPort: Sendable {
  func send(_ command: StreamCommand)
}
#endif
