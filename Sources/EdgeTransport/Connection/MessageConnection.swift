/// One connection that carries messages both ways, over whatever carrier.
///
/// The contract, the same for every carrier:
/// - messages arrive in the order they were sent, each at most once;
/// - a message that `send` accepted may still be lost with the link: delivery is what an ``Outbox`` adds;
/// - both directions are bounded: `send` suspends while the peer (or its reader) is slow, nothing is dropped;
/// - one task reads ``inbound``; any number may send.
public protocol MessageConnection: Sendable {
  /// The messages of the peer. Ends when the connection was closed in good order by either end or the reading task is
  /// cancelled, and throws when the link was lost. One reader at a time.
  var inbound: InboundMessages { get }

  /// Hands a message to the connection. Suspends while the bounded send buffer is full.
  /// - Throws: ``TransportError`` when the connection has ended or the task was cancelled; the message was then not
  ///   accepted.
  func send(_ message: EdgeMessage) async throws(TransportError)

  /// Closes in good order; what was accepted before is still sent, as far as the peer takes it within the carrier's close
  /// timeout. Harmless when already closed.
  func close() async
}

/// The sequence behind ``MessageConnection/inbound``.
public struct InboundMessages: AsyncSequence, Sendable {
  public typealias Element = EdgeMessage
  public typealias Failure = TransportError

  private let nextMessage: @Sendable () async throws(TransportError) -> EdgeMessage?

  public init(next: @escaping @Sendable () async throws(TransportError) -> EdgeMessage?) { nextMessage = next }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(nextMessage: nextMessage) }

  public struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let nextMessage: @Sendable () async throws(TransportError) -> EdgeMessage?

    public mutating func next() async throws(TransportError) -> EdgeMessage? { try await nextMessage() }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(TransportError) -> EdgeMessage? { try await nextMessage() }
  }
}
