import EdgePrimitives
import Synchronization
import Testing

@testable import EdgeTransport

@Suite("messages over a framed session")
struct FramedMessageConnectionTests {
  /// A session and its server's end of it; carriers are made as the test wants them.
  private struct Ends {
    let client: FramedSession
    let directory = FramedSessionDirectory()

    init(_ configuration: FramedSessionConfiguration = FramedSessionConfiguration()) throws {
      let credential = try #require(
        SessionCredential(id: SessionID(high: 8, low: 1), secret: Array(repeating: 9, count: 32)))
      client = FramedSession(credential: credential, configuration: configuration)
    }

    /// Runs one carrier until `body` is done; then it breaks.
    func connected(_ body: @Sendable () async throws -> Void) async throws {
      let (near, far) = InMemoryFrameCarrier.pair()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await client.run(on: near) }
        group.addTask { await directory.serve(far, principal: "edge-1") }
        try await body()
        near.breakLink()
        try await group.waitForAll()
      }
    }

    func server() async throws -> FramedSession { try await directory.nextSession().session }
  }

  private final class Received: Sendable {
    let ids = Mutex<[String]>([])
  }

  private func message(_ id: String, bytes: Int = 0) -> EdgeMessage {
    EdgeMessage(
      header: MessageHeader(id: id, timestampMilliseconds: 1), route: MessageRoute(resource: "default/pod/a"),
      content: MessageContent(text: String(repeating: "x", count: bytes)))
  }

  @Test("messages of every size arrive in order and unchanged, both ways, and the end of one side is an end")
  func roundTrip() async throws {
    let ends = try Ends()
    let sent = [0, 1, 70_000, 3, 2_000_000, 0].enumerated().map { message("\($0)", bytes: $1) }
    try await ends.connected {
      let near = try await ends.client.openMessageConnection()
      let far = try await ends.server().acceptMessageConnection()
      async let echo: Void = {
        for try await message in far.inbound { try await far.send(message) }
        await far.close()
      }()
      async let sending: Void = {
        for message in sent { try await near.send(message) }
      }()
      var iterator = near.inbound.makeAsyncIterator()
      for expected in sent { #expect(try await iterator.next() == expected) }
      try await sending
      near.stream.finish()
      try await echo
      #expect(try await iterator.next() == nil)
      await near.close()
      await #expect { try await near.send(message("late")) } throws: { ($0 as? TransportError)?.code == .closed }
    }
  }

  @Test("the peer learns of the connection before the first message")
  func announced() async throws {
    let ends = try Ends()
    try await ends.connected {
      _ = try await ends.client.openMessageConnection(priority: .control)
      let far = try await ends.server().acceptMessageConnection()
      #expect(far.stream.priority == .control)
    }
  }

  @Test("FF-01: an outbox over it notices nothing of carriers that break: nothing is lost, and nothing sent again")
  func outbox() async throws {
    let ends = try Ends()
    let link = MessageLink()
    let received = Received()
    let count = 300
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        let session = try await ends.server()
        let connection = try await session.acceptMessageConnection()
        for try await message in connection.inbound {
          received.ids.withLock { $0.append(message.id) }
          try await connection.send(
            message.ack(id: UniqueID(from: SystemEntropy()), timestamp: Timestamp(millisecondsSinceEpoch: 0)))
        }
      }
      group.addTask {
        let connection = try await ends.client.openMessageConnection()
        try? await link.serve(connection, answered: { _, _ in .accepted }) { _ in }
      }
      group.addTask {
        for round in 0..<6 {
          try await ends.connected {
            if round < 5 {
              try await Task.sleep(for: .milliseconds(20))
            } else {
              while link.counters.acknowledged < count { try await Task.sleep(for: .milliseconds(2)) }
            }
          }
        }
        ends.client.closeSession()
      }
      for index in 0..<count {
        link.enqueue(DeliveryItem(objectKey: "o\(index)", version: 1, message: message("\(index)", bytes: 3000)))
        if index % 3 == 0 { try await Task.sleep(for: .milliseconds(1)) }
      }
      try await group.next()
      try await group.next()
      group.cancelAll()
    }
    #expect(received.ids.withLock { $0 } == (0..<count).map(String.init))
    #expect(link.counters.acknowledged == count && ends.client.counters.resumptions == 5)
  }

  @Test("a sender that is cancelled in the middle of its message leaves a whole message to the others")
  func cancelledSender() async throws {
    var configuration = FramedSessionConfiguration()
    configuration.streamSendBytes = 20_000
    let ends = try Ends(configuration)
    try await ends.connected { _ = try await ends.client.openMessageConnection() }
    let connection = try await { () async throws -> FramedMessageConnection in
      // Without a carrier nothing leaves, so that a long message stays half written.
      try await ends.client.openMessageConnection()
    }()
    let long = Task { try await connection.send(message("long", bytes: 100_000)) }
    while ends.client.perform({ $0.bufferedBytes }) < 20_000 { try await Task.sleep(for: .milliseconds(1)) }
    let waiting = Task { try await connection.send(message("waiting")) }
    try await Task.sleep(for: .milliseconds(10))
    waiting.cancel()
    await #expect { try await waiting.value } throws: { ($0 as? TransportError)?.code == .cancelled }
    long.cancel()
    // Its first bytes were taken, and so is the rest.
    try await long.value
    try await ends.connected {
      let session = try await ends.server()
      _ = try await session.acceptStream()
      let far = try await session.acceptMessageConnection()
      try await connection.send(message("next"))
      var iterator = far.inbound.makeAsyncIterator()
      #expect(try await iterator.next()?.id == "long")
      #expect(try await iterator.next()?.id == "next")
    }
  }

  @Test(
    "what is no message ends the stream with its reason, and the session goes on",
    arguments: [
      ([0, 0, 0, 4] + Array("nope".utf8), TransportError.Code.protocolViolation),
      ([0x7F, 0xFF, 0xFF, 0xFF], .tooLarge), ([0, 0, 0, 9, 0x7B], .protocolViolation),
      ([0, 0, 0, 0, 0, 0], .protocolViolation),
    ])
  func malformed(_ bytes: [UInt8], _ code: TransportError.Code) async throws {
    let ends = try Ends()
    try await ends.connected {
      let stream = try await ends.client.openStream()
      try await stream.write(bytes)
      stream.finish()
      let session = try await ends.server()
      let far = try await session.acceptMessageConnection()
      await #expect { for try await _ in far.inbound {} } throws: { ($0 as? TransportError)?.code == code }
      await #expect { _ = try await stream.read() } throws: {
        (($0 as? TransportError)?.cause as? StreamReset)?.code == FramedMessageConnection.malformedCode
      }
      let other = try await ends.client.openMessageConnection()
      try await other.send(message("unharmed"))
      var iterator = try await session.acceptMessageConnection().inbound.makeAsyncIterator()
      #expect(try await iterator.next()?.id == "unharmed")
    }
  }

  @Test("messages may be cut anywhere")
  func cuts() {
    let wire: [UInt8] = [0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 1, 9]
    for piece in 1...wire.count {
      var reader = MessageStreamReader(maximumBytes: 3)
      var messages: [[UInt8]] = []
      for start in stride(from: 0, to: wire.count, by: piece) {
        reader.append(Array(wire[start..<min(start + piece, wire.count)]))
        while case .message(let bytes) = reader.next() { messages.append(bytes) }
      }
      #expect(messages == [[1, 2, 3], [9]] && !reader.isInsideMessage)
    }
  }
}
