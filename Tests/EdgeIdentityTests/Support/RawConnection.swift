#if Networking
import NIOCore
import NIOPosix

/// A TCP connection that says exactly what it is told, for peers that do not keep to HTTP.
final class RawConnection {
  private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
  private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  private var unread = ""

  fileprivate init(
    inbound: NIOAsyncChannelInboundStream<ByteBuffer>, outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  ) {
    self.inbound = inbound.makeAsyncIterator()
    self.outbound = outbound
  }

  func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

  func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

  /// Everything up to and including `mark`; what there is when the peer closes first.
  func receive(through mark: String) async throws -> String {
    while true {
      if let range = unread.firstRange(of: mark) {
        defer { unread = String(unread[range.upperBound...]) }
        return String(unread[..<range.upperBound])
      }
      guard let next = try await inbound.next() else { return unread }
      unread += String(decoding: next.readableBytesView, as: UTF8.self)
    }
  }

  func receiveUntilClosed() async throws -> String {
    while let next = try await inbound.next() { unread += String(decoding: next.readableBytesView, as: UTF8.self) }
    defer { unread = "" }
    return unread
  }
}

/// Connects, runs `body`, closes. After 10 s the connection is closed whatever happens, so that no test hangs.
func withRawConnection<Result: Sendable>(
  port: Int, _ body: (RawConnection) async throws -> Result
) async throws -> Result {
  let channel = try await ClientBootstrap(group: testGroup).connect(host: "127.0.0.1", port: port) { channel in
    channel.eventLoop.makeCompletedFuture {
      try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
    }
  }
  let limit = channel.channel.eventLoop.scheduleTask(in: .seconds(10)) { channel.channel.close(promise: nil) }
  defer { limit.cancel() }
  return try await channel.executeThenClose { inbound, outbound in
    try await body(RawConnection(inbound: inbound, outbound: outbound))
  }
}
#endif
