import EdgePrimitives
import Testing

@testable import EdgeTransport

@Suite("in-memory connection")
struct InMemoryConnectionTests {
  private func message(_ id: String) -> EdgeMessage {
    EdgeMessage(header: MessageHeader(id: id, timestampMilliseconds: 0), route: MessageRoute())
  }

  @Test("messages arrive in order, and a slow reader suspends the sender instead of losing any")
  func orderAndBackpressure() async throws {
    let (left, right) = InMemoryConnection.pair(capacity: 4)
    async let sending: Void = {
      for index in 0..<500 { try await left.send(message("\(index)")) }
      await left.close()
    }()
    var received: [String] = []
    for try await message in right.inbound {
      received.append(message.id)
      if received.count % 50 == 0 { await Task.yield() }
    }
    try await sending
    let isInOrder = received == (0..<500).map(String.init)
    #expect(isInOrder)
  }

  @Test("a close in good order ends the sequence, a broken link throws")
  func endings() async throws {
    let (left, right) = InMemoryConnection.pair()
    try await left.send(message("a"))
    await left.close()
    var received = 0
    for try await _ in right.inbound { received += 1 }
    #expect(received == 1)
    await #expect(throws: TransportError.self) { try await right.send(message("b")) }

    let (one, other) = InMemoryConnection.pair()
    one.breakLink()
    await #expect {
      for try await _ in other.inbound {}
    } throws: { ($0 as? TransportError)?.code == .connectionLost }
  }

  @Test("a cancelled sender was not accepted, a cancelled reader just ends, and both leave the link usable")
  func cancellation() async throws {
    let (left, right) = InMemoryConnection.pair(capacity: 1)
    try await left.send(message("a"))
    let sender = Task { try await left.send(message("b")) }
    await Task.yield()
    sender.cancel()
    await #expect { try await sender.value } throws: { ($0 as? TransportError)?.code == .cancelled }
    var iterator = right.inbound.makeAsyncIterator()
    #expect(try await iterator.next()?.id == "a")
    let reader = Task {
      var iterator = right.inbound.makeAsyncIterator()
      return try await iterator.next()
    }
    await Task.yield()
    reader.cancel()
    #expect(try await reader.value == nil)
    try await left.send(message("c"))
    #expect(try await iterator.next()?.id == "c")
  }
}
