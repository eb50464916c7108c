#if Networking
import EdgeCompression
import NIOCore

/// gRPC's framing of one message: a byte that says whether it is compressed, four bytes of length, the message.
enum MessageFrame {
  static let prefixBytes = 5

  /// Lets `encode` append the message behind a prefix that is filled in afterwards.
  @inline(__always)
  static func make(reserving capacity: Int = 128, _ encode: (inout ByteBuffer) -> Void) -> ByteBuffer {
    var buffer = ByteBufferAllocator().buffer(capacity: prefixBytes + capacity)
    append(to: &buffer, reserving: capacity, encode)
    return buffer
  }

  /// Appends a whole framed message.
  @inline(__always)
  static func append(to buffer: inout ByteBuffer, reserving capacity: Int, _ encode: (inout ByteBuffer) -> Void) {
    let start = buffer.writerIndex
    buffer.reserveCapacity(minimumWritableBytes: prefixBytes + capacity)
    buffer.writeRepeatingByte(0, count: prefixBytes)
    encode(&buffer)
    buffer.setInteger(UInt32(truncatingIfNeeded: buffer.writerIndex - start - prefixBytes), at: start + 1)
  }
}

/// Puts messages together from the pieces in which they arrive.
struct MessageAssembler {
  enum Outcome {
    case message(ByteBuffer)
    case incomplete
    case failure(GRPCStatus)
  }

  private var buffer = ByteBuffer()
  private let maximumMessageBytes: Int
  private let receivesGzip: Bool

  /// - Parameter receivesGzip: whether the peer named `gzip` as its `grpc-encoding`; each message may be compressed then or
  ///   not. Without that it must not compress at all.
  init(maximumMessageBytes: Int, receivesGzip: Bool = false) {
    self.maximumMessageBytes = maximumMessageBytes
    self.receivesGzip = receivesGzip
  }

  /// Bytes that belong to no complete message yet.
  var pendingBytes: Int { buffer.readableBytes }

  mutating func append(_ data: ByteBuffer) {
    if buffer.readableBytes == 0 { buffer = data } else { buffer.writeImmutableBuffer(data) }
  }

  mutating func next() -> Outcome {
    guard buffer.readableBytes >= MessageFrame.prefixBytes,
      let flag: UInt8 = buffer.getInteger(at: buffer.readerIndex),
      let length: UInt32 = buffer.getInteger(at: buffer.readerIndex + 1)
    else { return .incomplete }
    guard flag == 0 || flag == 1 && receivesGzip else {
      return .failure(
        GRPCStatus(
          .internalError,
          flag == 1
            ? "grpc: compressed flag set with identity or empty encoding"
            : "grpc: received unexpected payload format \(flag)"))
    }
    guard Int(length) <= maximumMessageBytes else {
      return .failure(
        GRPCStatus(
          .resourceExhausted, "grpc: received message larger than max (\(length) vs. \(maximumMessageBytes))"))
    }
    guard buffer.readableBytes - MessageFrame.prefixBytes >= Int(length) else { return .incomplete }
    buffer.moveReaderIndex(forwardBy: MessageFrame.prefixBytes)
    guard let message = buffer.readSlice(length: Int(length)) else { return .incomplete }
    if buffer.readableBytes == 0 { buffer = ByteBuffer() }
    return flag == 0 ? .message(message) : inflate(message)
  }

  private func inflate(_ message: ByteBuffer) -> Outcome {
    do throws(CompressionError) {
      return .message(
        ByteBuffer(
          bytes: try GzipDecompressor().decompress(
            Array(message.readableBytesView), maximumBytes: maximumMessageBytes)))
    } catch {
      return .failure(
        error.code == .tooLarge
          ? GRPCStatus(
            .resourceExhausted,
            "grpc: received message after decompression larger than max \(maximumMessageBytes)")
          : GRPCStatus(.internalError, "grpc: failed to decompress the message: gzip: \(error)"))
    }
  }
}
#endif
