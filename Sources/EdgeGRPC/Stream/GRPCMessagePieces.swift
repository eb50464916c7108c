#if Networking
import NIOCore

/// A message that is encoded while it is sent. However large it is, it takes the memory of a piece, and its first bytes are with
/// the client before its last are made.
public protocol GRPCMessagePieces: Sendable {
  /// Bytes of all pieces together.
  var byteCount: Int { get }

  /// Appends what comes next: at least a byte, and no more than about `target` bytes where that is possible. Called on the
  /// connection's event loop until there have been ``byteCount`` bytes.
  mutating func appendPiece(to buffer: inout ByteBuffer, target: Int)
}

/// A framed message on its way out in pieces.
struct PiecewiseFrame: Sendable {
  private var pieces: any GRPCMessagePieces
  private var hasPrefix = false
  /// What was not made yet.
  private(set) var remainingBytes: Int

  init(_ pieces: any GRPCMessagePieces) {
    self.pieces = pieces
    remainingBytes = MessageFrame.prefixBytes + pieces.byteCount
  }

  mutating func next(target: Int) -> ByteBuffer {
    var buffer = ByteBufferAllocator().buffer(capacity: min(target, remainingBytes))
    if !hasPrefix {
      hasPrefix = true
      buffer.writeInteger(0 as UInt8)
      buffer.writeInteger(UInt32(truncatingIfNeeded: remainingBytes - MessageFrame.prefixBytes))
    }
    if remainingBytes > buffer.readableBytes {
      let before = buffer.readableBytes
      pieces.appendPiece(to: &buffer, target: target)
      precondition(
        buffer.readableBytes > before && buffer.readableBytes <= remainingBytes,
        "a message has another size than it said")
    }
    remainingBytes -= buffer.readableBytes
    return buffer
  }
}
#endif
