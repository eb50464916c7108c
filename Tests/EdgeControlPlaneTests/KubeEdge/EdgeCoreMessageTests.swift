#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Testing

@testable import EdgeControlPlane

/// What a real EdgeCore sends (the forms are those of captured messages), and what it must get.
@Suite("messages of an EdgeCore")
struct EdgeCoreMessageTests {
  private let cluster = Cluster()

  @Test("a strategic merge patch of a status goes into the stored lists by key")
  func strategicPatches() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    try await edge.register()
    let heartbeat: JSONValue = [
      "status": [
        "$setElementOrder/conditions": [["type": "MemoryPressure"], ["type": "Ready"]],
        "conditions": [
          ["type": "MemoryPressure", "status": "False"],
          ["lastHeartbeatTime": "2026-11-22T12:32:10Z", "type": "Ready"],
        ],
      ]
    ]
    let answer = try await edge.send(
      .patch, "null/nodepatch/edge-1", content: MessageContent(text: heartbeat.text))?.content.value()
    #expect(answer?["Err"] == .null)
    let node = try await cluster.registry.get(Sample.key(.nodes, "edge-1", namespace: nil))
    #expect(
      node["status", "conditions"] == [
        ["type": "MemoryPressure", "status": "False"],
        ["type": "Ready", "status": "True", "lastHeartbeatTime": "2026-11-22T12:32:10Z"],
      ])
    #expect(node["status", "$setElementOrder/conditions"] == nil)

    let pod = try await cluster.create(Sample.pod("mine", node: "edge-1"))[0]
    try await edge.reportRunning(pod)
    let patch: JSONValue = [
      "metadata": ["uid": .string(pod.metadata.uid ?? "")],
      "status": [
        "$setElementOrder/conditions": [["type": "Initialized"], ["type": "Ready"]],
        "conditions": [["type": "Initialized", "status": "True"]],
      ],
    ]
    _ = await edge.send(.patch, "default/podpatch/mine", content: MessageContent(text: patch.text))
    let stored = try await cluster.registry.get(Sample.key(.pods, "mine"))
    #expect(
      stored["status", "conditions"] == [
        ["type": "Initialized", "status": "True"], ["type": "Ready", "status": "True"],
      ])
  }

  @Test("ConfigMaps and Secrets that a pod of the node reads are answered with their version; others are refused")
  func queries() async throws {
    var pod = Sample.pod("mine", node: "edge-1")
    pod["spec", "volumes"] = [
      ["name": "c", "configMap": ["name": "read"]], ["name": "s", "secret": ["secretName": "read"]],
    ]
    try await cluster.create(
      pod, Sample.configMap("read"), Sample.configMap("other"), Sample.secret("read"), Sample.secret("other"))
    try await cluster.run { cluster in
      try await cluster.caughtUp()
      let edge = try EdgeNode("edge-1", of: cluster)
      for type in ["configmap", "secret"] {
        let answer = try #require(await edge.send(.query, "default/\(type)/read", content: .null))
        let object = try UnstructuredObject(parsing: answer.content.bytes)
        #expect(object.metadata.name == "read" && answer.operation == .response)
        #expect(
          answer.header.resourceVersion == object.metadata.resourceVersion && !answer.header.resourceVersion.isEmpty)
        #expect(answer.route.source == "edgecontroller" && answer.route.group == "resource")
        for other in ["other", "gone"] {
          let refused = try #require(await edge.send(.query, "default/\(type)/\(other)", content: .null))
          #expect(refused.operation == .error && refused.route.group == "resource")
        }
      }
    }
  }

  @Test(
    "a ConfigMap or Secret that is not there is an error, as EdgeCore mounts anything else as an empty one; so it gets what its pods may go without"
  )
  func missing() async throws {
    var pod = Sample.pod("mine", node: "edge-1")
    pod["spec", "volumes"] = [
      ["name": "a", "configMap": ["name": "needed"]], ["name": "b", "configMap": ["name": "spare", "optional": true]],
      ["name": "c", "secret": ["secretName": "needed"]],
      ["name": "d", "projected": ["sources": [["secret": ["name": "spare", "optional": true]]]]],
      ["name": "e", "configMap": ["name": "both", "optional": true]],
      ["name": "f", "secret": ["secretName": "both", "optional": true]],
    ]
    pod["spec", "containers"] = [
      [
        "name": "c", "image": "i",
        "envFrom": [["configMapRef": ["name": "both"]], ["secretRef": ["name": "both"]]],
      ]
    ]
    try await cluster.create(pod)
    try await cluster.run { cluster in
      try await cluster.caughtUp()
      let edge = try EdgeNode("edge-1", of: cluster)
      for type in ["configmap", "secret"] {
        #expect(await edge.send(.query, "default/\(type)/needed", content: .null)?.operation == .error)
        #expect(await edge.send(.query, "default/\(type)/both", content: .null)?.operation == .error)
        let spare = try await edge.ask(.query, "default/\(type)/spare", .null)
        #expect(spare[path: ["ErrStatus", "code"]] == 404)
      }
    }
  }

  @Test("a node that is not registered is told so by an error: EdgeCore takes anything else for a Node")
  func unregistered() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    let answer = try #require(await edge.send(.query, "default/node/edge-1", content: .null))
    #expect(answer.operation == .error && answer.route.group == "resource" && answer.route.source == "edgecontroller")
    #expect(answer.content.stringValue == #"nodes "edge-1" not found"#)
  }

  @Test("what a CloudCore leaves without an answer gets none")
  func unanswered() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    #expect(await edge.send(.keepalive, "node", source: "websocket", content: MessageContent(text: "ping")) == nil)
    #expect(await edge.send(.get, "membership/detail", source: "twin", content: MessageContent(text: "{}")) == nil)
    #expect(await edge.send(.upload, "default/user/test", source: "bus", content: MessageContent(text: "x")) == nil)
    let farewell = EdgeMessage(
      header: MessageHeader(id: "", timestampMilliseconds: 0), route: MessageRoute(), content: .null)
    #expect(await edge.handler.handle(farewell) == nil)
  }

  @Test("a node is queried and relabelled; a mirror of a static pod is made, other pods are not")
  func nodesAndMirrors() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    try await edge.register()
    let answer = try #require(await edge.send(.query, "null/node/edge-1", content: .null))
    #expect(try UnstructuredObject(parsing: answer.content.bytes).kind == "Node")
    let relabelled = Sample.node("edge-1", labels: ["zone": "b"])
    #expect(try await edge.ask(.update, "null/node/edge-1", .object(relabelled.content)) == "OK")
    #expect(try await cluster.registry.get(Sample.key(.nodes, "edge-1", namespace: nil)).metadata.labels["zone"] == "b")

    var mirror = Sample.pod("static", node: "edge-1")
    #expect(try await edge.ask(.insert, "default/pod/static", .object(mirror.content)).refusalCode == 403)
    mirror.metadata.annotations["kubernetes.io/config.mirror"] = "hash"
    #expect(try await edge.ask(.insert, "default/pod/static", .object(mirror.content))["Err"] == .null)
    #expect(try await edge.ask(.insert, "default/pod/static", .object(mirror.content)).refusalCode == 409)
    var theirs = Sample.pod("theirs", node: "edge-2")
    theirs.metadata.annotations["kubernetes.io/config.mirror"] = "hash"
    #expect(try await edge.ask(.insert, "default/pod/theirs", .object(theirs.content)).refusalCode == 403)
  }

  @Test("an event is kept, and its count is raised by an update")
  func events() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    func event(_ count: Int64) -> JSONValue {
      [
        "kind": "Event", "apiVersion": "v1", "metadata": ["name": "mine.1", "namespace": "default"],
        "count": .integer(count),
        "involvedObject": ["kind": "Pod", "namespace": "default", "name": "mine"], "reason": "BackOff",
        "type": "Warning",
      ]
    }
    let key = Sample.key(.events, "mine.1")
    #expect(await edge.send(.insert, "default/event/mine.1", content: MessageContent(event(1))) == nil)
    #expect(try await cluster.registry.get(key)["count"] == 1)
    #expect(await edge.send(.update, "default/event/mine.1", content: MessageContent(event(2))) == nil)
    #expect(try await cluster.registry.get(key)["count"] == 2)
    let patch: JSONValue = ["event": event(2), "patchData": #"{"count":3}"#]
    #expect(await edge.send(.patch, "default/event/mine.1", content: MessageContent(patch)) == nil)
    #expect(try await cluster.registry.get(key)["count"] == 3)
    #expect(await edge.send(.insert, "default/event/mine.2", content: MessageContent("no event")) == nil)
  }
}
#endif
