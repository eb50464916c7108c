#if Networking
import NIOCore
import NIOPosix

/// A client below HTTP/2.
enum RawBytes {
  /// Sends bytes and reads until the server closes.
  /// - Returns: whether it does within ten seconds.
  static func isClosed(after bytes: [UInt8], _ port: Int) async -> Bool {
    guard
      let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(host: "127.0.0.1", port: port).get()
    else { return false }
    try? await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    let timeout = channel.eventLoop.scheduleTask(in: .seconds(10)) {
      channel.close(promise: nil)
      return false
    }
    try? await channel.closeFuture.get()
    timeout.cancel()
    return (try? await timeout.futureResult.get()) ?? true
  }
}
#endif
