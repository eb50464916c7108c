#if Networking
import EdgeTransport
import NIOCore

/// The task half of a connection whose bytes are frames: the bounded queues both ways and the way to the event loop.
final class ByteStreamLink: Sendable {
  /// In each direction. Little, since what is urgent overtakes only what the carrier has not taken yet.
  private static let capacityBytes = 128 << 10

  let channel: any Channel
  private let handler: NIOLoopBound<ByteStreamHandler>
  private let queues: ByteQueues

  /// Adds the handler to `channel`, on its event loop.
  static func install(
    on channel: any Channel, timing: ByteStreamTiming, counters: LinkCounters
  ) throws -> ByteStreamLink {
    channel.eventLoop.preconditionInEventLoop()
    let queues = ByteQueues(incomingCapacity: 2 * capacityBytes, outgoingCapacity: capacityBytes)
    let handler = ByteStreamHandler(queues: queues, timing: timing, counters: counters)
    try channel.pipeline.syncOperations.addHandler(handler)
    return ByteStreamLink(
      channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop), queues: queues)
  }

  private init(channel: any Channel, handler: NIOLoopBound<ByteStreamHandler>, queues: ByteQueues) {
    self.channel = channel
    self.handler = handler
    self.queues = queues
  }

  func send(_ bytes: [UInt8]) async throws(TransportError) {
    try await queues.send(bytes) { [channel, handler] in channel.eventLoop.execute { handler.value.drain() } }
  }

  func receive() async throws(TransportError) -> [UInt8]? {
    try await queues.receive { [channel] in channel.read() }
  }

  /// Begins the close and returns at once.
  func startClosing() { channel.eventLoop.execute { [handler] in handler.value.close() } }

  /// Closes and waits until the socket is gone.
  func close() async {
    startClosing()
    try? await channel.closeFuture.get()
  }

  var closeFuture: EventLoopFuture<Void> { channel.closeFuture }
}
#endif
