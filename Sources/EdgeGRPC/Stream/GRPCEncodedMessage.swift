#if Networking
import NIOCore

/// A message in the bytes it travels in: encoded once and sent on any number of streams, which share the bytes.
public struct GRPCEncodedMessage: Sendable {
  let frame: ByteBuffer

  /// - Parameters:
  ///   - capacity: how many bytes `encode` will write, as far as is known.
  ///   - encode: appends the message.
  public init(reserving capacity: Int, _ encode: (inout ByteBuffer) -> Void) {
    frame = MessageFrame.make(reserving: capacity, encode)
  }

  /// Bytes of the message itself.
  public var byteCount: Int { frame.readableBytes - MessageFrame.prefixBytes }
}

extension GRPCMessageWriter {
  /// As ``write(_:)``, for a message that is bytes already.
  public func write(_ message: GRPCEncodedMessage) async throws { try await outlet.write(message.frame) }

  /// As ``offer(_:)``, for a message that is bytes already.
  public func offer(_ message: GRPCEncodedMessage) throws -> Bool { try outlet.offer(message.frame) }

  /// Waits until an offered message would be taken. Others may take the room first, so offer in a loop.
  /// - Throws: `CancellationError` when the task was cancelled, the call's status when the call is over.
  public func waitForRoom() async throws { try await outlet.waitForRoom() }
}
#endif
