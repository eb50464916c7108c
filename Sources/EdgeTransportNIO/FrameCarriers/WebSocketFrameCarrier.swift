#if Networking
import EdgeTransport

/// The binary messages of a WebSocket as a carrier of frames.
///
/// How frames are cut into messages means nothing, as on every carrier. Pings find a half-open link, and a socket that takes
/// nothing is given up, by the WebSocket's own ``WebSocketTiming``, so that a session over it needs no keepalive of its own.
/// A text message is no part of the protocol and closes with 1003, a message of more than ``maximumMessageBytes`` with 1009.
public struct WebSocketFrameCarrier: FrameCarrier {
  /// The longest message that is read.
  public static let maximumMessageBytes = 256 << 10
  /// The longest that is written.
  static let pieceBytes = 128 << 10

  let link: WebSocketLink

  public func send(_ bytes: [UInt8]) async throws(TransportError) {
    if bytes.count <= Self.pieceBytes {
      if !bytes.isEmpty { try await link.send(WebSocketMessage(.binary, bytes: bytes)) }
      return
    }
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Self.pieceBytes)
      rest = rest.dropFirst(piece.count)
      try await link.send(WebSocketMessage(.binary, bytes: Array(piece)))
    }
  }

  public func receive() async throws(TransportError) -> [UInt8]? {
    while let message = try await link.next() {
      guard message.kind == .binary else {
        link.fail(.unsupportedData, "text where frames are spoken")
        throw TransportError(code: .protocolViolation, message: "the peer sent text where frames are spoken")
      }
      if !message.bytes.isEmpty { return message.bytes }
    }
    // The WebSocket ends for a cancelled reader; a session must not take that for the peer's close.
    if Task.isCancelled { throw .cancelled }
    return nil
  }

  public func close() async { await link.close() }
}

extension WebSocketConnection {
  /// The connection as a carrier of frames, when that is what both ends have agreed on.
  /// - Throws: `framesNotSpoken`. The connection goes on; it speaks what it spoke before.
  public func frameCarrier() throws(TransportError) -> WebSocketFrameCarrier {
    guard subprotocol == FrameProtocol.webSocketSubprotocol else { throw .framesNotSpoken }
    return WebSocketFrameCarrier(link: link)
  }
}

extension WebSocketOptions {
  /// What a WebSocket needs to know once it is agreed what is spoken on it.
  ///
  /// Frames have their own flow control, and what is urgent overtakes only what the carrier has not taken yet: so little
  /// waits in the carrier. Its messages have their own bound, whatever KubeEdge's may have.
  func speaking(_ subprotocol: String?) -> WebSocketOptions {
    guard subprotocol == FrameProtocol.webSocketSubprotocol else { return self }
    var options = self
    options.maximumMessageBytes = WebSocketFrameCarrier.maximumMessageBytes
    options.inboundBytes = 256 << 10
    options.outboundBytes = 128 << 10
    return options
  }
}
#endif
