#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Logging
import Testing

@testable import EdgeNodeAgent

@Suite("ServiceAccountTokens", .timeLimit(.minutes(1))) struct ServiceAccountTokensTests {
  private let link = MessageLink()

  private func demand(_ uid: String = "u-1") -> TokenDemand {
    var pod = UnstructuredObject(apiVersion: "v1", kind: "Pod", name: "web-0", namespace: "shop")
    pod.metadata.uid = uid
    pod["spec"] = ["serviceAccountName": "runner"]
    return TokenDemand(["path": "token", "audience": "vault", "expirationSeconds": 600], pod: pod)
  }

  /// Answers each question with the next of `answers`, and hands the question over.
  private func withCloud(
    _ answers: [String], _ timing: ServiceAccountTokens.Timing = .init(),
    _ body: (ServiceAccountTokens, inout AsyncStream<EdgeMessage>.AsyncIterator) async throws -> Void
  ) async throws {
    let tokens = ServiceAccountTokens(
      link: link, timing: timing, entropy: SystemEntropy(), wallClock: SystemWallClock(),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let (cloud, edge) = InMemoryConnection.pair(capacity: 16)
    let questions = AsyncStream<EdgeMessage>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await tokens.run() }
      group.addTask { [link] in try? await link.serve(edge, receive: { _ in }) }
      group.addTask {
        var rest = answers[...]
        for try await question in cloud.inbound {
          questions.continuation.yield(question)
          guard let answer = rest.popFirst() else { continue }
          try await cloud.send(
            question.response(
              id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now(),
              content: MessageContent(json: Array(answer.utf8))))
        }
      }
      defer { group.cancelAll() }
      _ = try await eventually { link.isConnected ? true : nil }
      tokens.connected()
      var iterator = questions.stream.makeAsyncIterator()
      try await body(tokens, &iterator)
    }
  }

  /// As a CloudCore answers: Go's typed client leaves out what it is.
  private func answer(_ token: String, seconds: Int = 600) -> String {
    #"{"metadata":{"name":"runner","namespace":"shop","creationTimestamp":null},"spec":{"audiences":["vault"],"#
      + #""expirationSeconds":\#(seconds)},"status":{"token":"\#(token)","expirationTimestamp":"2026-11-26T03:40:00Z"}}"#
  }

  @Test("a token is asked for in EdgeCore's words, bound to its pod, and the pod is told when it is here")
  func asks() async throws {
    try await withCloud([answer("jwt-1")]) { tokens, questions in
      #expect(tokens.token(for: demand()) == nil)
      let question = try #require(await questions.next())
      #expect(question.operation == .query && question.resource == "shop/serviceaccounttoken/runner")
      #expect(question.route.source == "edged" && question.route.group == "meta")
      #expect(
        try question.content.value()["spec"] == [
          "audiences": ["vault"], "expirationSeconds": 600,
          "boundObjectRef": ["kind": "Pod", "apiVersion": "v1", "name": "web-0", "uid": "u-1"],
        ])
      #expect(await tokens.news.next() == ["u-1"])
      #expect(tokens.token(for: demand()) == "jwt-1")
      #expect(!tokens.isExpected(for: "u-1"))
      tokens.forget(podUID: "u-1")
      #expect(!tokens.isExpected(for: "u-1"))
    }
  }

  @Test("a refusal ends the waiting, and the next connection asks anew")
  func refusal() async throws {
    let refusal = #"{"ErrStatus":{"code":405,"message":"no tokens here"}}"#
    try await withCloud([refusal, answer("jwt-2")]) { tokens, questions in
      #expect(tokens.token(for: demand()) == nil)
      _ = await questions.next()
      #expect(await tokens.news.next() == ["u-1"])
      #expect(tokens.token(for: demand()) == nil && !tokens.isExpected(for: "u-1"))
      tokens.connected()
      _ = await questions.next()
      #expect(await tokens.news.next() == ["u-1"])
      #expect(tokens.token(for: demand()) == "jwt-2")
    }
  }

  @Test("a token is renewed in time; until then the old one is used")
  func renewal() async throws {
    var timing = ServiceAccountTokens.Timing()
    timing.longest = .milliseconds(50)
    try await withCloud([answer("jwt-1"), answer("jwt-2")], timing) { tokens, questions in
      var seen: [String] = []
      _ = try await eventually {
        if let token = tokens.token(for: demand()), seen.last != token { seen.append(token) }
        return seen.last == "jwt-2" ? true : nil
      }
      #expect(["jwt-1", "jwt-2"].suffix(seen.count) == seen[...])
    }
  }
}
#endif
