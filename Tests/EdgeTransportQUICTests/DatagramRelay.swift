#if QUIC
import EdgePrimitives
import NIOCore
import NIOPosix
import Testing

/// Stands between one client and a server on the loopback, and does to datagrams what networks do: loses, doubles, damages
/// and delays them, so that they overtake each other, by a seed; is cut; gives the client another address, as a NAT does that forgot it.
final class DatagramRelay: Sendable {
  /// Of 1000 datagrams.
  struct Weather: Sendable {
    var lost = 0
    var doubled = 0
    var late = 0
    var damaged = 0
  }

  private struct State: Sendable {
    let random: SeededEntropy
    var weather = Weather()
    var isCut = false
    var client: SocketAddress?
    var server: SocketAddress
    var front: (any Channel)?
    var back: (any Channel)?
    var seen: [[UInt8]] = []
  }

  private let state: Shared<State>
  let port: Int

  private init(_ state: Shared<State>, port: Int) {
    self.state = state
    self.port = port
  }

  static func start(to serverPort: Int, seed: UInt64 = 0, _ weather: Weather = Weather()) async throws -> DatagramRelay
  {
    var initial = State(
      random: SeededEntropy(seed: seed), server: try SocketAddress(ipAddress: "127.0.0.1", port: serverPort))
    initial.weather = weather
    let state = Shared(initial)
    let front = try await bind { Self.forward($0, state, isFromClient: true) }
    let back = try await bind { Self.forward($0, state, isFromClient: false) }
    state.withLock { ($0.front, $0.back) = (front, back) }
    return DatagramRelay(state, port: try #require(front.localAddress?.port))
  }

  /// Nothing passes from now on.
  func cut() { state.withLock { $0.isCut = true } }

  /// From now on the server sees another port.
  func changeAddress() async throws {
    let back = try await Self.bind { [state] in Self.forward($0, state, isFromClient: false) }
    let old = state.withLock { state in
      defer { state.back = back }
      return state.back
    }
    try? await old?.close()
  }

  /// From now on another server gets what the client sends.
  func lead(to port: Int) throws {
    let server = try SocketAddress(ipAddress: "127.0.0.1", port: port)
    state.withLock { $0.server = server }
  }

  /// The first datagrams of the client.
  var seen: [[UInt8]] { state.withLock { $0.seen } }

  func stop() async {
    let channels = state.withLock { [$0.front, $0.back] }
    for channel in channels { try? await channel?.close() }
  }

  private static func bind(
    _ received: @escaping @Sendable (AddressedEnvelope<ByteBuffer>) -> Void
  ) async throws -> any Channel {
    try await DatagramBootstrap(group: QUICHarness.group)
      .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 2048))
      .channelOption(.socketOption(.so_rcvbuf), value: 1 << 20)
      .channelOption(.maxMessagesPerRead, value: 64)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(RelayHandler(received))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  private static func forward(
    _ envelope: AddressedEnvelope<ByteBuffer>, _ state: Shared<State>, isFromClient: Bool
  ) {
    var data = envelope.data
    let (channel, address, delays, damage) = state.withLock {
      state -> ((any Channel)?, SocketAddress?, [Int64], UInt64?) in
      if isFromClient {
        state.client = envelope.remoteAddress
        if state.seen.count < 8 { state.seen.append(Array(envelope.data.readableBytesView)) }
      }
      let channel = isFromClient ? state.back : state.front
      let address = isFromClient ? state.server : state.client
      let weather = state.weather
      func happens(_ chance: Int) -> Bool { Int(state.random.next() % 1000) < chance }
      if state.isCut || happens(weather.lost) { return (channel, address, [], nil) }
      var delays: [Int64] = [0]
      if happens(weather.doubled) { delays.append(Int64(state.random.next() % 5)) }
      if happens(weather.late) { delays[0] = Int64(1 + state.random.next() % 8) }
      return (channel, address, delays, happens(weather.damaged) ? state.random.next() : nil)
    }
    guard let channel, let address else { return }
    if let damage {
      // A byte of the head or of the rest, another length, or both.
      let at =
        data.readerIndex + Int(damage >> 8) % (damage & 1 == 0 ? min(24, data.readableBytes) : data.readableBytes)
      data.setInteger(UInt8(truncatingIfNeeded: damage >> 32), at: at)
      if damage & 6 == 0 { data.moveWriterIndex(to: at) }
    }
    let datagram = AddressedEnvelope(remoteAddress: address, data: data)
    for delay in delays {
      if delay == 0 {
        channel.writeAndFlush(datagram, promise: nil)
      } else {
        channel.eventLoop.scheduleTask(in: .milliseconds(delay)) { channel.writeAndFlush(datagram, promise: nil) }
      }
    }
  }
}

private final class RelayHandler: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  private let received: @Sendable (AddressedEnvelope<ByteBuffer>) -> Void

  init(_ received: @escaping @Sendable (AddressedEnvelope<ByteBuffer>) -> Void) { self.received = received }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { received(unwrapInboundIn(data)) }
}
#endif
