#if Networking
import NIOCore

/// The messages that a peer sends on one stream, in order. Reading one lets the peer send more.
///
/// A server's handler sees the end when the client has sent its last message. A client sees the end when the call ended
/// with OK, and a ``GRPCCallError`` otherwise.
public struct GRPCMessages<Message: Sendable>: AsyncSequence, Sendable {
  let inlet: StreamInlet
  let codec: GRPCCodec<Message>
  let decodingFailure: @Sendable (any Error) -> any Error

  public struct AsyncIterator: AsyncIteratorProtocol {
    let messages: GRPCMessages

    public mutating func next() async throws -> Message? { try await messages.next() }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(messages: self) }

  /// The next message, or nil at the end. One reader at a time.
  public func next() async throws -> Message? {
    guard let bytes = try await inlet.next() else { return nil }
    do { return try codec.decode(bytes) } catch { throw decodingFailure(error) }
  }
}

/// Where the messages of one stream are written. Any number of tasks may write; each message stays whole.
public struct GRPCMessageWriter<Message: Sendable>: Sendable {
  let outlet: StreamOutlet
  let codec: GRPCCodec<Message>

  /// Waits while the peer takes nothing and as many bytes as are allowed are on their way.
  /// - Throws: `CancellationError` when the task was cancelled, the call's status when the call is over.
  public func write(_ message: Message) async throws { try await outlet.write(frame(message)) }

  /// Sends the message if that needs no waiting, and says whether it did.
  /// - Throws: the call's status when the call is over.
  public func offer(_ message: Message) throws -> Bool { try outlet.offer(frame(message)) }

  private func frame(_ message: Message) -> ByteBuffer { MessageFrame.make { codec.encode(message, &$0) } }
}
#endif
