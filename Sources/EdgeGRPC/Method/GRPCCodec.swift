#if Networking
import EdgeProtobuf
import NIOCore

/// How messages of one type become bytes and bytes messages.
public struct GRPCCodec<Message: Sendable>: Sendable {
  /// Any error it throws is INTERNAL at a server and at a client; a ``GRPCStatus`` is
  /// taken as it is.
  public let decode: @Sendable (ByteBuffer) throws -> Message
  /// Appends the message's bytes.
  public let encode: @Sendable (Message, inout ByteBuffer) -> Void

  public init(
    decode: @escaping @Sendable (ByteBuffer) throws -> Message,
    encode: @escaping @Sendable (Message, inout ByteBuffer) -> Void
  ) {
    self.decode = decode
    self.encode = encode
  }
}

extension GRPCCodec where Message == ByteBuffer {
  /// The bytes themselves.
  public static var buffer: GRPCCodec {
    GRPCCodec(decode: { $0 }, encode: { message, buffer in buffer.writeImmutableBuffer(message) })
  }
}

extension GRPCCodec where Message == [UInt8] {
  /// The bytes themselves.
  public static var bytes: GRPCCodec {
    GRPCCodec(decode: { Array($0.readableBytesView) }, encode: { message, buffer in buffer.writeBytes(message) })
  }
}

extension GRPCCodec where Message: ProtobufMessage {
  public static var protobuf: GRPCCodec {
    GRPCCodec(
      decode: { buffer in
        try buffer.withUnsafeReadableBytes { raw in
          try raw.withMemoryRebound(to: UInt8.self) { try Message(protobuf: $0) }
        }
      },
      encode: { message, buffer in
        let count = message.protobufByteCount
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { raw in
          message.writeProtobuf(into: UnsafeMutableRawBufferPointer(rebasing: raw[..<count]))
          return count
        }
      })
  }
}
#endif
