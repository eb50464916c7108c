#if Networking
import EdgeTransport

/// A TLS connection that carries nothing but frames: no HTTP, no WebSocket, agreed on by ALPN.
///
/// Made by ``TLSFrameClient`` and ``TLSFrameServer``. It sends nothing of its own, so whoever needs to find a half-open link
/// sets `FramedSessionConfiguration.keepalive`.
public struct TLSFrameCarrier: FrameCarrier {
  let link: ByteStreamLink

  public func send(_ bytes: [UInt8]) async throws(TransportError) { try await link.send(bytes) }
  public func receive() async throws(TransportError) -> [UInt8]? { try await link.receive() }
  public func close() async { await link.close() }
}
#endif
