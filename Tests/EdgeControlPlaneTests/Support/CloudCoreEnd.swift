#if Networking && canImport(Glibc)
import EdgePrimitives
import EdgeStore
import EdgeTransport
import Testing

@testable import EdgeControlPlane
@testable import EdgeNodeAgent

/// A CloudCore's end of a connection to a node of ours that runs.
struct CloudCoreEnd {
  let node: FarNode
  let connection: InMemoryConnection
  private var inbound: InboundMessages.AsyncIterator

  init(_ node: FarNode, _ connection: InMemoryConnection) {
    self.node = node
    self.connection = connection
    inbound = connection.inbound.makeAsyncIterator()
  }

  mutating func next() async throws -> EdgeMessage { try #require(try await inbound.next()) }
  func send(_ message: EdgeMessage) async throws { try await connection.send(message) }

  /// Answers as the edgecontroller does, with these bytes of content.
  func answer(_ question: EdgeMessage, _ content: String) async throws {
    try await send(
      EdgeMessage(
        header: MessageHeader(id: "answer-\(question.id)", parentID: question.id, timestampMilliseconds: 1),
        route: MessageRoute(
          source: "edgecontroller", group: "resource", operation: .response, resource: question.resource),
        content: MessageContent(json: Array(content.utf8))))
  }
}

extension CloudCoreSession.Timing {
  static let quick = CloudCoreSession.Timing(
    recognition: .milliseconds(50), silence: .milliseconds(200), answer: .seconds(5), retry: .milliseconds(50))
}

/// Connects a node to what the test does in a CloudCore's place.
func withCloudCore(
  _ timing: CloudCoreSession.Timing = .quick, node known: FarNode? = nil,
  _ body: (inout CloudCoreEnd) async throws -> Void
) async throws {
  let node = if let known { known } else { try await FarNode("edge-1", store: MemoryStore(), cloudCoreTiming: timing) }
  let (cloud, edge) = InMemoryConnection.pair(capacity: 64)
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { await node.run() }
    group.addTask { try? await node.session.run(over: edge) }
    var end = CloudCoreEnd(node, cloud)
    // The question that only a hub of ours understands; CloudHub passes it on and the edgecontroller drops it.
    let question = try await end.next()
    #expect(question.operation == .query && question.resource == "null/inventory/edge-1")
    try await body(&end)
    await cloud.close()
    group.cancelAll()
  }
}
#endif
