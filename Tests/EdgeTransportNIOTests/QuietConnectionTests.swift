#if Networking
import EdgePrimitives
import EdgeTransport
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
      let connection = try await hub.client("edge-1").connect()
      var inbound = connection.inbound.makeAsyncIterator()
      for bytes in [10, 300_000, 1, 2_000_000, 5000] {
        let before = PageBuffers.discards
        while PageBuffers.discards < before + 2 { try await Task.sleep(for: .milliseconds(5)) }
        // Everything is sent before anything is read, so that buffers fill on both ends.
        for round in 0..<3 { try await connection.send(message(bytes, round)) }
        for round in 0..<3 { #expect(try await inbound.next() == message(bytes, round)) }
      }
      await connection.close()
    }
  }

  private func message(_ bytes: Int, _ round: Int) -> EdgeMessage {
    EdgeMessage(
      header: MessageHeader(id: "\(bytes)-\(round)", timestampMilliseconds: 1),
      route: MessageRoute(operation: .update, resource: "default/pod/web-\(round)"),
      content: MessageContent(text: String(repeating: "x", count: bytes)))
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
        #expect(heap.deallocate(block))
      } else {
        let bytes = PageHeap.minimumBytes << Int(entropy.next(below: 8)) + Int(entropy.next(below: 100))
        let block = try #require(heap.allocate(bytes))
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
    let block = try #require(heap.allocate(32 << 10))
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
    #expect(heap.deallocate(block))
    heap.discardContent(at: address)
    #expect(heap.discards == 1)
  }

  @Test("what is too small, too large or from elsewhere is not of this heap")
  func strangers() {
    var heap = PageHeap()
    #expect(heap.allocate(PageHeap.minimumBytes - 1) == nil)
    #expect(heap.allocate(PageHeap.maximumBytes + 1) == nil)
    let other = UnsafeMutableRawPointer.allocate(byteCount: 100_000, alignment: 16)
    defer { other.deallocate() }
    #expect(!heap.deallocate(other))
    #expect(heap.used == 0)
  }
}
#endif
