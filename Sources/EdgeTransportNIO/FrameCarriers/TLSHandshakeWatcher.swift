#if Networking
import NIOCore
import NIOTLS

/// Stands behind TLS until the handshake is over, says how it went, and leaves.
final class TLSHandshakeWatcher: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  private var completed: ((Result<String?, any Error>) -> Void)?

  /// - Parameter completed: called once, on the event loop, with the protocol that ALPN has chosen. Handlers that it adds
  ///   see every byte.
  init(completed: @escaping (Result<String?, any Error>) -> Void) { self.completed = completed }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case .handshakeCompleted(let negotiated) = event as? TLSUserEvent else {
      return context.fireUserInboundEventTriggered(event)
    }
    finish(.success(negotiated))
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard completed != nil else { return context.fireErrorCaught(error) }
    finish(.failure(error))
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish(.failure(ChannelError.eof))
    context.fireChannelInactive()
  }

  private func finish(_ result: Result<String?, any Error>) {
    let completed = completed
    self.completed = nil
    completed?(result)
  }
}
#endif
