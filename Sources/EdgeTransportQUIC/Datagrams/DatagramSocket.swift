#if QUIC
import CEdgeQUIC
import EdgeTransport
import NIOCore
import NIOPosix

/// The UDP socket of an endpoint, on one event loop.
///
/// It outlives the kernel's: SwiftNIO closes a datagram channel when the network refuses a datagram (no route, a firewall, an
/// interface that went away), which on a socket of many peers concerns one of them, and on an edge passes. So another channel is
/// opened in its place until ``close()``, and the connections, which are known by their ids and not by addresses, go on.
final class DatagramSocket {
  /// What an endpoint does with its socket's news. All are called on the loop.
  protocol Owner: AnyObject {
    func received(_ datagram: ByteBuffer, from remote: SocketAddress)
    /// After the last of several that were read together.
    func receivedAll()
    func becameWritable()
    /// Another channel stands in the place of one that failed or was given up.
    func reopened(at local: SocketAddress)
  }

  private static let reopeningDelay = TimeAmount.milliseconds(100)
  private static let datagramsPerRead = 32
  private static let receiveBytes = 2048

  let loop: any EventLoop
  private var address: SocketAddress
  private let bufferBytes: Int
  weak var owner: (any Owner)?
  private var channel: (any Channel)?
  private var isClosed = false
  /// Off when the system has none, or a write with it has failed, as it does on some network devices.
  private var offloadsSegmentation = System.supportsUDPSegmentationOffload
  private var reopening: Scheduled<Void>?
  /// For the datagram that is being written, so that not every connection has one.
  var scratch = ByteBuffer()
  /// How often a channel was opened in place of another.
  private(set) var reopenings = 0

  /// - Parameters:
  ///   - address: what to bind; with port 0 another port is taken each time.
  ///   - bufferBytes: what is asked of the kernel for datagrams that wait to be read.
  init(loop: any EventLoop, address: SocketAddress, bufferBytes: Int) {
    self.loop = loop
    self.address = address
    self.bufferBytes = bufferBytes
  }

  /// The address that is bound.
  var localAddress: SocketAddress? { channel?.localAddress }
  var isWritable: Bool { channel?.isWritable ?? false }
  var allocator: ByteBufferAllocator { channel?.allocator ?? ByteBufferAllocator() }

  // MARK: Opening

  func open() -> EventLoopFuture<SocketAddress> { open(at: address) }

  /// Channels in place of this one are bound to `address`.
  func pin(to address: SocketAddress) { self.address = address }

  private func open(at address: SocketAddress) -> EventLoopFuture<SocketAddress> {
    let bound = NIOLoopBound(self, eventLoop: loop)
    return DatagramBootstrap(group: loop)
      .channelOption(.datagramVectorReadMessageCount, value: Self.datagramsPerRead)
      .channelOption(
        .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Self.datagramsPerRead * Self.receiveBytes)
      )
      .channelOption(.maxMessagesPerRead, value: 4)
      .channelOption(.socketOption(.so_rcvbuf), value: .init(bufferBytes))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          Self.forbidFragmentation(of: channel, address)
          try channel.pipeline.syncOperations.addHandler(DatagramHandler(socket: bound.value))
        }
      }
      .bind(to: address)
      .flatMapThrowing { channel in
        let socket = bound.value
        guard !socket.isClosed, let local = channel.localAddress else {
          channel.close(promise: nil)
          throw ChannelError.alreadyClosed
        }
        socket.channel = channel
        return local
      }
  }

  /// QUIC finds out itself how long a datagram may be (RFC 9000, section 14); with fragments on the way it would be misled.
  /// IP_PMTUDISC_PROBE. Where the option is not known, the shortest length is still below any path's.
  private static func forbidFragmentation(of channel: any Channel, _ address: SocketAddress) {
    #if os(Linux)
    let option: ChannelOptions.Types.SocketOption =
      address.protocol == .inet6
      ? .init(level: .init(rawValue: 41), name: .init(rawValue: 23))
      : .init(level: .init(rawValue: 0), name: .init(rawValue: 10))
    try? channel.syncOptions?.setOption(option, value: 3)
    #endif
  }

  /// Opens another channel and gives up the one that is there.
  func reopen() {
    guard !isClosed else { return }
    reopening?.cancel()
    reopening = nil
    let old = channel
    channel = nil
    old?.close(promise: nil)
    reopenings += 1
    open(at: address).assumeIsolated().whenComplete { result in
      switch result {
      case .success(let local):
        self.owner?.reopened(at: local)
        self.owner?.becameWritable()
      case .failure: self.reopenLater()
      }
    }
  }

  private func reopenLater() {
    guard !isClosed, reopening == nil else { return }
    reopening = loop.assumeIsolated().scheduleTask(in: Self.reopeningDelay) {
      self.reopening = nil
      self.reopen()
    }
  }

  func close() {
    isClosed = true
    reopening?.cancel()
    channel?.close(promise: nil)
    channel = nil
  }

  // MARK: Datagrams

  /// One datagram; it is lost when the socket takes nothing just now, as it may be on the way.
  func send(_ datagram: ByteBuffer, to remote: SocketAddress) {
    guard let channel, channel.isWritable else { return }
    channel.writeAndFlush(AddressedEnvelope(remoteAddress: remote, data: datagram), promise: nil)
  }

  /// Without a flush.
  func send(_ batch: DatagramBatch) {
    guard let channel else { return }
    if batch.count == 1 {
      return channel.write(AddressedEnvelope(remoteAddress: batch.remote, data: batch.bytes), promise: nil)
    }
    guard offloadsSegmentation else {
      var rest = batch.bytes
      while let next = rest.readSlice(length: min(batch.segmentBytes, rest.readableBytes)), next.readableBytes > 0 {
        channel.write(AddressedEnvelope(remoteAddress: batch.remote, data: next), promise: nil)
      }
      return
    }
    let metadata = AddressedEnvelope<ByteBuffer>.Metadata(
      ecnState: .transportNotCapable, packetInfo: nil, segmentSize: batch.segmentBytes)
    let written = loop.makePromise(of: Void.self)
    written.futureResult.assumeIsolated().whenFailure { _ in self.offloadsSegmentation = false }
    channel.write(
      AddressedEnvelope(remoteAddress: batch.remote, data: batch.bytes, metadata: metadata), promise: written)
  }

  func flush() { channel?.flush() }

  // MARK: News of the channel

  fileprivate func received(_ envelope: AddressedEnvelope<ByteBuffer>) {
    owner?.received(envelope.data, from: envelope.remoteAddress)
  }
  fileprivate func receivedAll() { owner?.receivedAll() }
  fileprivate func writabilityChanged() {
    if isWritable { owner?.becameWritable() }
  }
  fileprivate func wentInactive(_ gone: any Channel) {
    guard let channel, channel === gone else { return }
    self.channel = nil
    reopenLater()
  }
}

private final class DatagramHandler: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>

  private let socket: DatagramSocket

  init(socket: DatagramSocket) { self.socket = socket }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { socket.received(unwrapInboundIn(data)) }
  func channelReadComplete(context: ChannelHandlerContext) { socket.receivedAll() }
  func channelWritabilityChanged(context: ChannelHandlerContext) { socket.writabilityChanged() }
  func channelInactive(context: ChannelHandlerContext) { socket.wentInactive(context.channel) }
  // A datagram that was refused is a datagram lost; what closes the channel is heard of as that.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
#endif
