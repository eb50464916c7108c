#if Networking
import EdgePrimitives
import EdgeTransport
import NIOCore
import NIOPosix
import Testing

@testable import EdgeTransportNIO

@Suite("memory of quiet connections")
struct QuietConnectionTests {
  @Test(
    "a session goes on after its buffers were given back, whatever it carried before",
    arguments: [SessionExecution.sharedPool, .eventLoop])
  func goesOn(execution: SessionExecution) async throws {
    let setup = TestHub.Setup(configure: {
      $0.sessionExecution = execution
      $0.quietAfter = .milliseconds(20)
    })
    try await TestHub.with(setup) { hub in
      var before = PageBuffers.discards
      let connection = try await hub.client("edge-1").connect()
      var inbound = connection.inbound.makeAsyncIterator()
      for bytes in [10, 300_000, 1, 2_000_000, 5000] {
        while PageBuffers.discards < before + 2 { try await Task.sleep(for: .milliseconds(5)) }
        before = PageBuffers.discards
        // Everything is sent before anything is read, so that buffers fill on both ends.
        for round in 0..<3 { try await connection.send(message(bytes, round)) }
        for round in 0..<3 { #expect(try await inbound.next() == message(bytes, round)) }
      }
      await connection.close()
    }
  }

  @Test("records that arrive in parts, with quiet between them, are put together")
  func parts() async throws {
    let setup = TestHub.Setup(configure: { $0.quietAfter = .milliseconds(10) })
    try await TestHub.with(setup) { hub in
      let relay = try await HalvingRelay.listen(passingTo: hub.port, pause: .milliseconds(40))
      let connection = try await hub.client(
        "edge-1", configure: { $0.port = relay.localAddress?.port ?? 0 }
      ).connect()
      var inbound = connection.inbound.makeAsyncIterator()
      let before = PageBuffers.discards
      for round in 0..<8 {
        try await connection.send(message(1 << (2 * round), round))
        #expect(try await inbound.next() == message(1 << (2 * round), round))
      }
      #expect(PageBuffers.discards > before)
      await connection.close()
      try await relay.close()
    }
  }

  private func message(_ bytes: Int, _ round: Int) -> EdgeMessage {
    EdgeMessage(
      header: MessageHeader(id: "\(bytes)-\(round)", timestampMilliseconds: 1),
      route: MessageRoute(operation: .update, resource: "default/pod/web-\(round)"),
      content: MessageContent(text: String(repeating: "x", count: bytes)))
  }
}

/// Passes bytes on, of every piece one half at once and the other after a pause.
private enum HalvingRelay {
  static func listen(passingTo port: Int, pause: TimeAmount) async throws -> any Channel {
    try await ServerBootstrap(group: TestHub.group)
      .childChannelInitializer { client in
        ClientBootstrap(group: client.eventLoop).channelOption(.autoRead, value: false)
          .connect(host: "127.0.0.1", port: port)
          .flatMapThrowing { server in
            try client.pipeline.syncOperations.addHandler(Forwarding(to: server, pause: pause))
            try server.pipeline.syncOperations.addHandler(Forwarding(to: client, pause: pause))
            server.setOption(.autoRead, value: true).whenSuccess { server.read() }
          }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  private final class Forwarding: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let target: any Channel
    private let pause: TimeAmount
    private var waiting: [ByteBuffer] = []

    init(to target: any Channel, pause: TimeAmount) {
      self.target = target
      self.pause = pause
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      var rest = unwrapInboundIn(data)
      let half = rest.readSlice(length: rest.readableBytes / 2)
      waiting += [half, rest].compactMap(\.self)
      if waiting.count == 2 { forward(context.eventLoop) }
    }

    private func forward(_ eventLoop: any EventLoop) {
      guard let next = waiting.first else { return }
      target.writeAndFlush(next, promise: nil)
      eventLoop.assumeIsolated().scheduleTask(in: pause) {
        self.waiting.removeFirst()
        self.forward(eventLoop)
      }
    }

    func channelInactive(context: ChannelHandlerContext) { target.close(promise: nil) }
  }
}

@Suite("heap of pages")
struct PageHeapTests {
  @Test("blocks keep their content, share no page, and are found again by their address, for random use")
  func model() throws {
    let seed = SystemEntropy().next()
    let entropy = SeededEntropy(seed: seed)
    var heap = PageHeap()
    var blocks: [(block: UnsafeMutableRawPointer, bytes: Int, mark: UInt8)] = []
    for round in 0..<4000 {
      if blocks.count > 200 || !blocks.isEmpty && entropy.next(below: 3) == 0 {
        let (block, bytes, mark) = blocks.remove(at: Int(entropy.next(below: UInt64(blocks.count))))
        let ends = (block.load(as: UInt8.self), block.load(fromByteOffset: bytes - 1, as: UInt8.self))
        #expect(ends == (mark, mark), "seed \(seed), round \(round)")
        let wasFreed = heap.deallocate(block)
        #expect(wasFreed)
      } else {
        let bytes = PageHeap.minimumBytes << Int(entropy.next(below: 8)) + Int(entropy.next(below: 100))
        let allocated = heap.allocate(bytes)
        let block = try #require(allocated)
        #expect(UInt(bitPattern: block) % 4096 == 0)
        let mark = UInt8(truncatingIfNeeded: round)
        block.storeBytes(of: mark, as: UInt8.self)
        block.storeBytes(of: mark, toByteOffset: bytes - 1, as: UInt8.self)
        blocks.append((block, bytes, mark))
      }
      #expect(heap.used == blocks.count)
    }
  }

  @Test("only the memory of a block in use is given back, by the address at which it begins")
  func discarding() throws {
    var heap = PageHeap()
    let allocated = heap.allocate(32 << 10)
    let block = try #require(allocated)
    let address = UInt(bitPattern: block)
    block.storeBytes(of: 7, as: UInt8.self)
    for stranger in [0, 1, address + 1, address + 4096, address + 32 << 10, UInt.max] {
      heap.discardContent(at: stranger)
    }
    #expect(block.load(as: UInt8.self) == 7)
    #expect(heap.discards == 0)
    heap.discardContent(at: address)
    #expect(block.load(as: UInt8.self) == 0)
    #expect(heap.discards == 1)
    let wasFreed = heap.deallocate(block)
    #expect(wasFreed)
    heap.discardContent(at: address)
    #expect(heap.discards == 1)
  }

  @Test("what is too small, too large or from elsewhere is not of this heap")
  func strangers() {
    var heap = PageHeap()
    let (small, large) = (heap.allocate(PageHeap.minimumBytes - 1), heap.allocate(PageHeap.maximumBytes + 1))
    #expect(small == nil)
    #expect(large == nil)
    let other = UnsafeMutableRawPointer.allocate(byteCount: 100_000, alignment: 16)
    defer { other.deallocate() }
    let wasFreed = heap.deallocate(other)
    #expect(!wasFreed)
    #expect(heap.used == 0)
  }
}
#endif
