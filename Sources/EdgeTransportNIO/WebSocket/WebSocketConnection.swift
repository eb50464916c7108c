#if Networking
import EdgeTransport
import NIOCore

/// A WebSocket that carries anything: text and binary messages both ways, in order, bounded in both directions.
///
/// Pings are answered, the peer's life is watched and the closing handshake is done underneath. One-shot: when it has
/// ended, connect again.
public struct WebSocketConnection: Sendable {
  /// What both ends agreed to speak; nil when nothing was agreed.
  public let subprotocol: String?
  let link: WebSocketLink

  /// The messages of the peer. Ends when the connection was closed in good order by either end or the reading task is
  /// cancelled, and throws when the link was lost or the peer broke the protocol. One reader at a time.
  public var inbound: WebSocketMessages { WebSocketMessages(link: link) }

  /// Suspends while the bounded send buffer is full.
  /// - Throws: ``TransportError`` when the connection has ended or the task was cancelled; the message was then not
  ///   accepted.
  public func send(_ message: WebSocketMessage) async throws(TransportError) { try await link.send(message) }

  /// Runs tasks on this connection's event loop, for `withTaskExecutorPreference`: a reader there is woken without a change
  /// of thread. Only for what is quick between its suspensions: it shares the loop with other connections.
  public var eventLoopExecutor: any TaskExecutor { EventLoopExecutor(link.channel.eventLoop) }

  /// Sends what was accepted before, then the close, and waits for the end of the connection. Harmless when already closed.
  public func close(_ code: WebSocketCloseCode = .normal) async { await link.close(code) }
}

/// The sequence behind ``WebSocketConnection/inbound``.
public struct WebSocketMessages: AsyncSequence, Sendable {
  public typealias Element = WebSocketMessage
  public typealias Failure = TransportError

  let link: WebSocketLink

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(link: link) }

  public struct AsyncIterator: AsyncIteratorProtocol {
    let link: WebSocketLink

    public mutating func next() async throws(TransportError) -> WebSocketMessage? { try await link.next() }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(TransportError) -> WebSocketMessage? { try await link.next() }
  }
}
#endif
