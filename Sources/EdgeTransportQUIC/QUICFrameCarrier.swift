#if QUIC
import EdgeTransport

/// A QUIC connection that carries nothing but frames, on one stream each way; a server's end. See docs/carriers.md.
public struct QUICFrameCarrier: FrameCarrier {
  let link: QUICLink

  public func send(_ bytes: [UInt8]) async throws(TransportError) { try await link.send(bytes) }
  public func receive() async throws(TransportError) -> [UInt8]? { try await link.receive() }
  public func close() async { await link.close() }
}

/// The client's end of a QUIC connection, which may go on from another address of this machine.
public struct QUICClientCarrier: FrameCarrier {
  let link: QUICLink
  let dialer: QUICDialerHandle

  public func send(_ bytes: [UInt8]) async throws(TransportError) { try await link.send(bytes) }
  public func receive() async throws(TransportError) -> [UInt8]? { try await link.receive() }
  public func close() async { await link.close() }

  /// Goes on from another port, and from whatever address the routes now give: the connection and what is on its way live on,
  /// without a handshake. For who knows that the network has changed under a socket that still seems to be well.
  ///
  /// Not needed when this machine merely gets another address: the socket is bound to none, and the server goes along with the
  /// address that it sees. A socket that the network has refused is replaced by itself.
  public func rebind() { dialer.rebind() }
}
#endif
