#if Networking
import NIOCore

/// One end of a relayed connection; what it reads its partner writes. Both ends live on the same event loop.
///
/// - Backpressure: an end reads on only while its partner can write, so no more than NIO's write buffer waits.
/// - Half-close: the end of one direction is passed on after the bytes before it; the other direction goes on.
/// - When one end is gone the other still writes what it has been given, then closes.
final class RelayHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private var partner: RelayHandler?
  private var context: ChannelHandlerContext?
  private var isReadWaiting = false
  private let count: (Int) -> Void

  private init(count: @escaping (Int) -> Void) { self.count = count }

  /// - Parameters:
  ///   - countingForward: told the size of everything that the first end reads.
  ///   - countingBackward: told the size of everything that the second end reads.
  static func pair(
    countingForward: @escaping (Int) -> Void, countingBackward: @escaping (Int) -> Void
  ) -> (RelayHandler, RelayHandler) {
    let (first, second) = (RelayHandler(count: countingForward), RelayHandler(count: countingBackward))
    (first.partner, second.partner) = (second, first)
    return (first, second)
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    partner = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    count(bytes.readableBytes)
    partner?.write(bytes)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    partner?.context?.flush()
    context.fireChannelReadComplete()
  }

  func read(context: ChannelHandlerContext) {
    if partner?.context?.channel.isWritable == true { context.read() } else { isReadWaiting = true }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { partner?.resumeReading() }
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed: partner?.finish(.output)
    case is IdleStateHandler.IdleStateEvent: context.close(promise: nil)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    partner?.finish(.all)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func write(_ bytes: ByteBuffer) { context?.write(wrapOutboundOut(bytes), promise: nil) }

  private func resumeReading() {
    guard isReadWaiting else { return }
    isReadWaiting = false
    context?.read()
  }

  /// Ends the output, or everything, behind the bytes already given. NIO turns a half-close into a full close once the
  /// input has ended, and a full close throws away what waits to be written; so the close comes after an empty write.
  private func finish(_ mode: CloseMode) {
    guard let context else { return }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in
      context.close(mode: mode, promise: nil)
    }
  }
}
#endif
