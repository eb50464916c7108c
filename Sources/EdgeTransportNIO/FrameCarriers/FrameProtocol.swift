#if Networking
import EdgeIdentity
import EdgeTransport

/// The names by which two ends agree to exchange the frames of ``FramedSession``s; see docs/carriers.md.
public enum FrameProtocol {
  /// In `Sec-WebSocket-Protocol`: binary messages whose bytes, one after the other, are frames.
  public static let webSocketSubprotocol = "edge-frames.v1"
  /// In TLS's ALPN: the bytes of the connection are frames.
  public static let applicationProtocol = TLSContexts.frameProtocol
}

extension TransportError {
  package static let framesNotSpoken = TransportError(
    code: .framesNotSpoken, message: "the other end does not speak \(FrameProtocol.webSocketSubprotocol)")
}
#endif
