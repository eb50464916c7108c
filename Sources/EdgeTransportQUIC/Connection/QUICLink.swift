#if QUIC
import EdgeTransport
import EdgeTransportNIO
import NIOCore

/// The task half of a connection over QUIC: the bounded queues both ways and the way to the event loop.
final class QUICLink: Sendable {
  private let connection: NIOLoopBound<QUICConnection>
  private let loop: any EventLoop
  private let queues: ByteQueues
  let closeFuture: EventLoopFuture<Void>

  /// On the event loop of the connection.
  init(_ connection: QUICConnection) {
    loop = connection.loop
    self.connection = NIOLoopBound(connection, eventLoop: loop)
    queues = connection.queues
    closeFuture = connection.closeFuture
  }

  func send(_ bytes: [UInt8]) async throws(TransportError) {
    try await queues.send(bytes) { [loop, connection] in loop.execute { connection.value.drain() } }
  }

  func receive() async throws(TransportError) -> [UInt8]? {
    try await queues.receive { [loop, connection] in loop.execute { connection.value.readOn() } }
  }

  /// Begins the close and returns at once.
  func startClosing() { loop.execute { [connection] in connection.value.close() } }

  /// Closes and waits until no byte comes or goes any more.
  func close() async {
    startClosing()
    try? await closeFuture.get()
  }
}
#endif
