#if Networking
import NIOCore
import NIOSSL

/// Knows where the two buffers of one TLS connection are, and gives their memory back when the connection is quiet.
///
/// It stands before the TLS handler, where what is encrypted passes; what is decrypted is told by the handler behind it. Both
/// buffers are written from their beginnings, and hold nothing between two turns of the event loop when everything was
/// flushed. If that were ever wrong, the peer would find a record that does not authenticate and close: nobody reads
/// what was not meant for it.
final class TLSBufferWatch: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private var encrypted: UInt = 0
  private var decrypted: UInt = 0
  private weak var context: ChannelHandlerContext?

  /// Adds a TLS handler whose buffers can be given back, and this watch over them.
  static func addTLS(_ context: NIOSSLContext, to channel: any Channel) throws -> TLSBufferWatch {
    let watch = TLSBufferWatch()
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(watch)
    let ordinary = try channel.syncOptions?.getOption(.allocator)
    try channel.syncOptions?.setOption(.allocator, value: PageBuffers.allocator)
    // The handler takes its buffers when it is added; all others of the connection are ordinary ones.
    try pipeline.addHandler(NIOSSLServerHandler(context: context))
    if let ordinary { try channel.syncOptions?.setOption(.allocator, value: ordinary) }
    return watch
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let buffer = unwrapOutboundIn(data)
    encrypted = buffer.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
    context.write(data, promise: promise)
  }

  func hasDecrypted(_ bytes: UnsafeRawBufferPointer) { decrypted = UInt(bitPattern: bytes.baseAddress) }

  /// Gives the memory back unless something still waits for the socket. Whether it did.
  func release() -> Bool {
    guard let context, (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 == 0 else {
      return false
    }
    PageBuffers.releaseContent(at: encrypted)
    PageBuffers.releaseContent(at: decrypted)
    return true
  }
}
#endif
