#if Networking
import EdgeProtobuf
import NIOCore

extension ByteBuffer {
  /// Appends a part of a message whose size is known.
  ///
  /// - Parameter byteCount: of what `write` writes.
  @inline(__always)
  mutating func writeProtobuf(byteCount: Int, _ write: (inout ProtobufWriter) -> Void) {
    writeWithUnsafeMutableBytes(minimumWritableBytes: byteCount) { raw in
      // Sound: NIO gives at least as many bytes as were asked for, and the writer stays within what it is given.
      var writer = ProtobufWriter(UnsafeMutableRawBufferPointer(rebasing: raw[..<byteCount]))
      write(&writer)
      return byteCount
    }
  }
}
#endif
