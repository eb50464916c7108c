#if Networking
import EdgeTransport
import NIOCore
import NIOPosix
import Testing

@testable import EdgeTransportNIO

@Suite("polling before sleep", .serialized, .timeLimit(.minutes(1)))
struct LoopPollerTests {
  /// Runs `body` with a hub whose loop is its own, and says how often that loop has polled.
  private func polls(
    _ execution: SessionExecution = .eventLoop, pollBeforeSleep: Duration = .milliseconds(1),
    body: @escaping @Sendable (TestHub) async throws -> Void
  ) async throws -> Int {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let setup = TestHub.Setup(
      configure: {
        $0.sessionExecution = execution
        $0.timing.pollBeforeSleep = pollBeforeSleep
      }, group: group)
    try await TestHub.with(setup, body: body)
    let polls = try await group.next().submit { LoopPoller.ofThisLoop.polls }.get()
    try await group.shutdownGracefully()
    return polls
  }

  private static func converse(_ rounds: Int, with hub: TestHub) async throws {
    // Of two ends in one process on two processors, only one may poll at a time.
    let connection = try await hub.client("edge-1", configure: { $0.timing.pollBeforeSleep = .zero }).connect()
    try await withTaskExecutorPreference(connection.webSocket.eventLoopExecutor) {
      var inbound = connection.inbound.makeAsyncIterator()
      for round in 0..<rounds {
        try await connection.send(message("\(round)"))
        #expect(try await inbound.next()?.id == "\(round)")
      }
    }
    await connection.close()
  }

  @Test("a conversation on the loop is polled for", .enabled(if: System.coreCount > 1))
  func conversation() async throws {
    // As slow as a busy machine may be, some rounds are quick.
    let polls = try await polls { try await Self.converse(2000, with: $0) }
    #expect(polls > 0)
  }

  @Test("a quiet hub makes no polling turns, whether nothing passes or one message now and then")
  func quiet() async throws {
    let polls = try await polls { hub in
      let connection = try await hub.client("edge-1").connect()
      var inbound = connection.inbound.makeAsyncIterator()
      for round in 0..<10 {
        try await Task.sleep(for: .milliseconds(20))
        try await connection.send(message("\(round)"))
        #expect(try await inbound.next()?.id == "\(round)")
      }
      await connection.close()
    }
    #expect(polls == 0)
  }

  @Test("zero never polls, nor is an answer of the shared pool polled for")
  func off() async throws {
    #expect(try await polls(pollBeforeSleep: .zero) { try await Self.converse(200, with: $0) } == 0)
    #expect(try await polls(.sharedPool) { try await Self.converse(200, with: $0) } == 0)
  }

  @Test("a process polls on all processors but one: with one it never does")
  func processors() {
    let one = PollingProcessors(count: 1)
    #expect(!one.take())
    let three = PollingProcessors(count: 3)
    #expect(three.take())
    #expect(three.take())
    #expect(!three.take())
    three.giveBack()
    #expect(three.take())
  }
}
#endif
