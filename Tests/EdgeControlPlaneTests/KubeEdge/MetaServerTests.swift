#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Synchronization
import Testing

@testable import EdgeControlPlane

@Suite("requests of an EdgeCore's MetaServer")
struct MetaServerTests {
  private let cluster = Cluster()

  private func edge(_ access: MetaServerAccess = .reads) throws -> UpstreamHandler {
    var handler = try EdgeNode("edge-1", of: cluster).handler
    handler.metaServer = access
    return handler
  }

  /// A request as EdgeCore sends it, with what it leaves as it is.
  private func application(_ verb: String, _ key: String, option: JSONValue = [:], body: JSONValue? = nil) -> JSONValue
  {
    [
      "ID": .string("\(verb) \(key)"), "Key": .string(key), "Verb": .string(verb), "Nodename": "edge-1",
      "Option": .string(Base64.encode(option.serialized())),
      "ReqBody": body.map { .string(Base64.encode($0.serialized())) } ?? .null, "Subresource": "", "RespBody": .null,
      "Status": "InApplying", "Reason": "", "Error": ["ErrStatus": ["metadata": [:]]],
      "Timestamp": "0001-01-01T00:00:00Z",
    ]
  }

  private func ask(
    _ handler: UpstreamHandler, _ content: JSONValue, resource: String = "null"
  ) async throws -> (content: JSONValue, message: EdgeMessage) {
    let question = EdgeMessage(
      id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now(), source: "metaserver",
      group: "dynamiccontroller", operation: MessageOperation("null"), resource: resource,
      content: MessageContent(content))
    let answer = try #require(await handler.handle(question))
    #expect(answer.route.source == "dynamiccontroller" && answer.operation.rawValue == "applicationResponse")
    #expect(answer.route.group == "resource" && answer.header.parentID == question.id)
    return (try answer.content.value(), answer)
  }

  private func body(_ content: JSONValue) throws -> JSONValue {
    try JSONValue(parsing: #require(Base64.decode(content["RespBody"]?.stringValue ?? "")))
  }

  @Test("lists and objects are answered as the API answers them, with selectors and pages")
  func reads() async throws {
    try await cluster.create(
      Sample.pod("a", node: "edge-1", labels: ["app": "x"]), Sample.pod("b", node: "edge-2"), Sample.node("edge-1"))
    let handler = try edge()
    let (list, message) = try await ask(
      handler, application("list", "/core/v1/pods/default/null", option: ["labelSelector": "app=x"]))
    #expect(list["Status"] == "Approved" && message.resource == "ignore/Application/ignore")
    #expect(list["ID"] == "list /core/v1/pods/default/null")
    let pods = try body(list)
    #expect(pods["kind"] == "PodList" && pods["items"]?.arrayValue?.count == 1)
    let all = try await ask(handler, application("list", "/core/v1/pods/null/null", option: ["limit": 1])).content
    #expect(try body(all)["items"]?.arrayValue?.count == 1)
    #expect(try body(all)[path: ["metadata", "continue"]]?.stringValue?.isEmpty == false)
    let field = application("list", "/core/v1/pods/null/null", option: ["fieldSelector": "spec.nodeName=edge-2"])
    let bound = try body(try await ask(handler, field).content)
    #expect(bound["items"]?.arrayValue?.first?[path: ["metadata", "name"]] == "b")
    let node = try await ask(handler, application("get", "/core/v1/nodes/null/edge-1")).content
    #expect(try body(node)[path: ["metadata", "name"]] == "edge-1")
    let version = try await ask(handler, application("get", "/version")).content
    #expect(try body(version)["gitVersion"] != nil)
  }

  @Test("what is not there, not understood or not allowed is rejected with the API's own error")
  func refusals() async throws {
    try await cluster.create(Sample.pod("a", node: "edge-1"), Sample.secret("s"))
    let handler = try edge()
    for (verb, key, code) in [
      ("get", "/core/v1/pods/default/gone", 404), ("list", "/no.such/v1/things/null/null", 404),
      ("get", "/core/v1/secrets/default/s", 403), ("list", "/core/v1/secrets/null/null", 403),
      ("watch", "/core/v1/secrets/null/null", 403), ("delete", "/core/v1/pods/default/a", 403),
      ("watch", "/core/v1/things/null/null", 404), ("dance", "/core/v1/pods/default/a", 403),
      ("get", "/core/v1/pods/default/..", 400), ("get", "/core/v1/pods/default/a?x", 400),
      ("get", "/core/v1/pods/default/%2e%2e", 400), ("get", "/metrics", 400), ("get", "", 400),
    ] as [(String, String, Int64)] {
      let answer = try await ask(handler, application(verb, key)).content
      #expect(answer["Status"] == "Rejected" && answer["RespBody"] == .null, "\(verb) \(key)")
      #expect(answer[path: ["Error", "ErrStatus", "code"]] == .integer(code), "\(verb) \(key)")
      #expect(answer["Reason"]?.stringValue?.isEmpty == false)
    }
    let nothing = try await ask(try edge(.none), application("get", "/core/v1/pods/default/a")).content
    #expect(nothing[path: ["Error", "ErrStatus", "code"]] == 403)
    #expect(try await ask(handler, ["x": 1]).content["Status"] == "Rejected")
  }

  @Test("where everything is allowed objects are created, changed, patched and deleted")
  func writes() async throws {
    let handler = try edge(.unrestricted)
    let created = try await ask(
      handler,
      application("create", "/core/v1/configmaps/default/null", body: .object(Sample.configMap("c").content))
    ).content
    #expect(created["Status"] == "Approved")
    var changed = try body(created)
    changed["data"] = ["a": "b"]
    #expect(
      try await ask(handler, application("update", "/core/v1/configmaps/default/c", body: changed)).content["Status"]
        == "Approved")
    let patch: JSONValue = [
      "Name": "c", "PatchType": "application/merge-patch+json",
      "Data": .string(Base64.encode(Array(#"{"data":{"c":"d"}}"#.utf8))), "Options": [:], "Subresources": .null,
    ]
    let patched = try await ask(handler, application("patch", "/core/v1/configmaps/default/c", option: patch)).content
    #expect(try body(patched)["data"] == ["a": "b", "c": "d"])
    let key = Sample.key(.configMaps, "c")
    #expect(try await cluster.registry.get(key)["data"] == ["a": "b", "c": "d"])
    #expect(
      try await ask(handler, application("delete", "/core/v1/configmaps/default/c")).content["Status"] == "Approved")
    await #expect(throws: APIError.self) { try await cluster.registry.get(key) }
  }

  @Test("a watch is granted and told on; when EdgeCore lists its watches, those that it left out are forgotten")
  func watches() async throws {
    var handler = try edge()
    let told = Mutex<[GroupResource]>([])
    handler.watched = { resource in told.withLock { $0.append(resource) } }
    let services = application("watch", "/core/v1/services/default/null", option: ["watch": true])
    let answer = try await ask(handler, services).content
    #expect(answer["Status"] == "Approved" && told.withLock { $0 } == [.services])
    var elsewhere = Sample.service("web", selecting: "a")
    #expect(handler.watches.matches(.services, elsewhere))
    elsewhere.metadata.namespace = "other"
    #expect(!handler.watches.matches(.services, elsewhere))

    let pods = application("watch", "/core/v1/pods/null/null", option: ["labelSelector": "app in (x"])
    let nodes = application("watch", "/core/v1/nodes/null/null")
    let failed = try await ask(
      handler, ["p": pods, "watch /core/v1/nodes/null/null": nodes], resource: "watchapp/sync"
    ).content
    #expect(failed.objectValue?.keys == ["p"] && failed["p"]?["Status"] == "Rejected")
    #expect(handler.watches.resources == [.nodes])
    #expect(try await ask(handler, [:], resource: "watchapp/sync").content == [:])
    #expect(handler.watches.resources.isEmpty)
  }

  @Test("watches outlive the session, as EdgeCore does not ask for them again, and end with the Node")
  func outlive() throws {
    let watches = NodeWatches()
    let node = try NodeName("edge-1")
    #expect(watches.of(node).add("1", MetaServerWatches.Watch(resource: .services)))
    watches.tidy(node)
    #expect(watches.of(node).resources == [.services])
    watches.forget(node)
    #expect(watches.of(node).resources.isEmpty)
  }

  @Test("the watches of a node are bounded")
  func bounded() async throws {
    let handler = try edge()
    for count in 0...MetaServerWatches.maximum {
      let option: JSONValue = ["labelSelector": .string("n=\(count)")]
      var request = application("watch", "/core/v1/pods/null/null", option: option)
      request["ID"] = .string("\(count)")
      let expected: JSONValue = count < MetaServerWatches.maximum ? "Approved" : "Rejected"
      #expect(try await ask(handler, request).content["Status"] == expected)
    }
  }
}
#endif
