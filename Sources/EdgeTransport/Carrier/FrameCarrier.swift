/// What a framed session needs of a connection: bytes, in order, both ways. WebSocket (binary messages), TLS and memory have it.
///
/// The contract, held by `CarrierConformance` (EdgeTestKit):
/// - bytes arrive in the order of their sending, each once; how they are cut into pieces means nothing;
/// - both directions are bounded: `send` suspends while the peer, or its reader, is slow, and nothing is dropped;
/// - one task sends and one receives, at the same time;
/// - bytes that `send` took may still be lost with the carrier: the session sends them again on the next one.
public protocol FrameCarrier: Sendable {
  /// Hands over bytes. Suspends while the carrier's buffer is full.
  /// - Throws: `closed` after ``close()`` by either end, `connectionLost` or `timedOut` when the carrier broke, `cancelled`.
  ///   It is then not known which of the bytes arrive.
  func send(_ bytes: [UInt8]) async throws(TransportError)

  /// The next piece, never empty; nil when the peer closed in good order or this end did.
  /// - Throws: `connectionLost` or `timedOut` when the carrier broke, `cancelled`.
  func receive() async throws(TransportError) -> [UInt8]?

  /// Closes in good order: the peer receives what was sent before, as far as the carrier's close timeout allows, and then the
  /// end. Harmless when already closed.
  func close() async
}
