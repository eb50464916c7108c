#if Networking
import NIOCore
import NIOSSL

/// Knows where the buffers of one TLS connection are, and gives their memory back when the connection is quiet.
///
/// It stands before the TLS handler, where what is encrypted passes; what is decrypted is told by the handler behind it. All
/// of these buffers are written from their beginnings, and hold nothing between two turns of the event loop when everything
/// was flushed. Were that ever wrong, the peer would find a record that does not authenticate, and close: nobody reads
/// what was not meant for it.
final class TLSBufferWatch: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private var received: UInt = 0
  private var encrypted: UInt = 0
  private var decrypted: UInt = 0
  private var context: ChannelHandlerContext?
  private var decryption: DecryptionWatch?

  /// Adds TLS whose buffers can be given back, and this watch over them.
  static func addTLS(_ context: NIOSSLContext, to channel: any Channel) throws -> TLSBufferWatch {
    try channel.syncOptions?.setOption(.allocator, value: PageBuffers.allocator)
    let watch = TLSBufferWatch()
    try channel.pipeline.syncOperations.addHandler(watch)
    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
    let decryption = DecryptionWatch(watch)
    try channel.pipeline.syncOperations.addHandler(decryption)
    watch.decryption = decryption
    return watch
  }

  /// The handler that comes now tells what is decrypted.
  func handshakeIsOver() throws {
    guard let decryption else { return }
    self.decryption = nil
    context?.pipeline.syncOperations.removeHandler(decryption, promise: nil)
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received = Self.address(of: unwrapInboundIn(data))
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    encrypted = Self.address(of: unwrapOutboundIn(data))
    context.write(data, promise: promise)
  }

  func hasDecrypted(_ buffer: ByteBuffer) { decrypted = Self.address(of: buffer) }

  private static func address(of buffer: ByteBuffer) -> UInt {
    buffer.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
  }

  /// Gives the memory back unless something still waits for the socket. Whether it did.
  func release() -> Bool {
    guard let context else { return true }
    let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    guard waiting == 0 else { return false }
    for address in [received, encrypted, decrypted] { PageBuffers.discardContent(at: address) }
    return true
  }
}

/// Tells a ``TLSBufferWatch`` what is decrypted while the handlers of the handshake are there.
private final class DecryptionWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let watch: TLSBufferWatch

  init(_ watch: TLSBufferWatch) { self.watch = watch }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    watch.hasDecrypted(unwrapInboundIn(data))
    context.fireChannelRead(data)
  }
}
#endif
