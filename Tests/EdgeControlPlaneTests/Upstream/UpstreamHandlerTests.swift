#if Networking
import DeviceTwinKit
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeStore
import EdgeTransport
import Testing

@testable import EdgeControlPlane

@Suite("upstream handler")
struct UpstreamHandlerTests {
  private let cluster = Cluster()
  private let nodeKey = Sample.key(.nodes, "edge-1", namespace: nil)

  // MARK: Node and lease

  @Test("a node registers itself, status included; again it adds its labels and keeps what people set")
  func register() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    let answer = try await edge.register(Sample.node("edge-1", labels: ["os": "linux"]))
    #expect(answer["Err"] == .null && answer[path: ["Object", "metadata", "name"]] == "edge-1")
    #expect(answer[path: ["Object", "status", "conditions"]] != nil)
    _ = try await cluster.registry.mutate(nodeKey) { node in
      node.metadata.labels["zone"] = "north"
      node["spec", "unschedulable"] = true
      return true
    }
    let uid = try await cluster.registry.get(nodeKey).metadata.uid
    try await edge.register(Sample.node("edge-1", ready: "False", labels: ["os": "bsd"]))
    let node = try await cluster.registry.get(nodeKey)
    #expect(node.metadata.uid == uid && node.metadata.labels == ["os": "bsd", "zone": "north"])
    #expect(node["spec", "unschedulable"] == true && !node.isReady)
  }

  @Test("a node may not act for another one, in whatever message")
  func foreignNode() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    try await cluster.create(Sample.node("edge-2"), Sample.pod("theirs", node: "edge-2"), Sample.pod("nobodys"))
    let body = Sample.node("edge-2").content
    #expect(try await edge.ask(.insert, "null/node/edge-2", .object(body)).refusalCode == 403)
    #expect(try await edge.ask(.patch, "null/nodepatch/edge-2", ["status": ["x": 1]]).refusalCode == 403)
    #expect(try await edge.ask(.update, "kube-node-lease/lease/edge-2", lease).refusalCode == 403)
    #expect(try await edge.ask(.query, "kube-node-lease/lease/edge-2", .null).refusalCode == 403)
    for pod in ["theirs", "nobodys"] {
      #expect(try await edge.ask(.patch, "default/podpatch/\(pod)", ["status": ["phase": "Failed"]]).refusalCode == 403)
      #expect(try await edge.ask(.delete, "default/pod/\(pod)", [:]).refusalCode == 403)
      #expect(try await cluster.registry.get(Sample.key(.pods, pod))["status", "phase"] == "Pending")
    }
  }

  @Test("the name of the node opens no door to other kinds: it registers a Node or nothing")
  func registersOnlyNodes() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    for other in [
      Sample.secret("edge-1"), Sample.pod("edge-1", node: "edge-2"), Sample.deployment("edge-1", replicas: 3),
    ] {
      #expect(try await edge.ask(.insert, "null/node/edge-1", .object(other.content)).refusalCode == 403)
    }
    #expect(try await cluster.registry.list(.secrets).items.isEmpty)
    #expect(try await cluster.pods().isEmpty)
    #expect(try await cluster.registry.list(.deployments).items.isEmpty)
  }

  @Test("a node patch changes the status and nothing else")
  func patchNode() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    try await edge.register()
    let patch: JSONValue = [
      "metadata": ["labels": ["admin": "yes"]], "spec": ["unschedulable": true], "status": ["daemon": 1],
    ]
    let answer = try await edge.ask(.patch, "null/nodepatch/edge-1", patch)
    #expect(answer[path: ["Object", "status", "daemon"]] == 1)
    let node = try await cluster.registry.get(nodeKey)
    #expect(node.metadata.labels.isEmpty && node["spec", "unschedulable"] == nil && node.isReady)
  }

  @Test("a lease is made, renewed and read back; a node that was never here gets not found")
  func leases() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    #expect(try await edge.ask(.query, "kube-node-lease/lease/edge-1", .null).refusalCode == 404)
    #expect(try await edge.ask(.patch, "null/nodepatch/edge-1", ["status": [:]]).refusalCode == 404)
    #expect(try await edge.renewLease(seconds: 40)["Err"] == .null)
    try await edge.renewLease(seconds: 50)
    let answer = try await edge.ask(.query, "kube-node-lease/lease/edge-1", .null)
    #expect(answer[path: ["Object", "spec", "leaseDurationSeconds"]] == 50)
    #expect(try await edge.renewLease(seconds: -1).refusalCode == 422)
  }

  private let lease: JSONValue = [
    "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": ["name": "x"], "spec": [:],
  ]

  // MARK: Pods

  @Test("a report merges into the status of a pod bound to the node, and changes nothing else of it")
  func patchPod() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    let pod = try await cluster.create(Sample.pod("mine", node: "edge-1"))[0]
    #expect(try await edge.reportRunning(pod)["Err"] == .null)
    let patch: JSONValue = [
      "metadata": ["labels": ["x": "y"]], "spec": ["nodeName": "edge-2"], "status": ["phase": .null, "reason": "r"],
    ]
    _ = try await edge.ask(.patch, "default/podpatch/mine", patch)
    let stored = try await cluster.registry.get(Sample.key(.pods, "mine"))
    #expect(stored["status", "podIP"] == "10.0.0.1" && stored["status", "phase"] == nil)
    #expect(stored["status", "reason"] == "r" && stored["spec"] == pod["spec"] && stored.metadata.labels.isEmpty)
  }

  @Test("a report that says nothing new writes nothing")
  func nothingNew() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    let pod = try await cluster.create(Sample.pod("mine", node: "edge-1"))[0]
    try await edge.reportRunning(pod)
    let revision = try await cluster.store.status().revision
    try await edge.reportRunning(pod)
    #expect(try await cluster.store.status().revision == revision)
  }

  @Test("a report of a predecessor is not written to its successor of the same name")
  func uidMismatch() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    let old = try await cluster.create(Sample.pod("mine", node: "edge-1"))[0]
    try await cluster.registry.delete(Sample.key(.pods, "mine"), gracePeriodSeconds: 0)
    #expect(try await edge.reportRunning(old).refusalCode == 404)
    let new = try await cluster.create(Sample.pod("mine", node: "edge-1"))[0]
    #expect(try await edge.reportRunning(old).refusalCode == 409)
    #expect(try await cluster.registry.get(Sample.key(.pods, "mine"))["status", "phase"] == "Pending")
    // What ran under the old uid has ended; the successor stays, and the node has what it wanted.
    #expect(try await edge.reportTerminated(old) == "OK")
    #expect(try await cluster.registry.get(Sample.key(.pods, "mine")).metadata.uid == new.metadata.uid)
  }

  @Test("a terminated pod is removed; told again, or of one long gone, the answer is OK all the same")
  func deletePod() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    let pod = try await cluster.create(Sample.pod("mine", node: "edge-1"))[0]
    try await cluster.registry.delete(Sample.key(.pods, "mine"))
    #expect(try await cluster.pods().count == 1)
    for _ in 0..<2 { #expect(try await edge.reportTerminated(pod) == "OK") }
    #expect(try await cluster.pods().isEmpty)
  }

  @Test("an old EdgeCore says the uid alone of the pod that it has ended: a successor of that name is spared")
  func deletePodByUID() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    let pod = try await cluster.create(Sample.pod("mine", node: "edge-1"))[0]
    #expect(try await edge.ask(.delete, "default/pod/mine", "another-uid") == "OK")
    #expect(try await cluster.pods().count == 1)
    #expect(try await edge.ask(.delete, "default/pod/mine", .string(pod.metadata.uid ?? "")) == "OK")
    #expect(try await cluster.pods().isEmpty)
  }

  // MARK: Devices

  @Test("a twin report becomes the DeviceStatus of its Device; a late one does not overwrite a newer")
  func twinReports() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    let device = try await cluster.create(Sample.deviceModel("model"), Sample.device("sensor", node: "edge-1"))[1]
    func report(_ value: String, at milliseconds: Int64) async throws -> JSONValue {
      try await edge.ask(
        .update, "device/default/sensor/twin/edge_updated", source: "twin",
        [
          "twin": [
            "temperature": [
              "actual": ["value": .string(value), "metadata": ["timestamp": .integer(milliseconds)]],
              "metadata": ["type": "int"],
            ]
          ]
        ])
    }
    func value() async throws -> JSONValue? {
      let status = try await cluster.registry.get(Sample.key(.deviceStatuses, "sensor"))
      #expect(status.metadata.ownerReferences.map(\.uid) == [device.metadata.uid])
      return status["status", "twins"]?[0]?[path: ["reported", "value"]]
    }
    #expect(try await report("21", at: 2000) == "OK")
    #expect(try await value() == "21")
    #expect(try await report("22", at: 3000) == "OK")
    let revision = try await cluster.store.status().revision
    #expect(try await report("21", at: 2000) == "OK")
    #expect(try await report("22", at: 3000) == "OK")
    #expect(try await value() == "22")
    #expect(try await cluster.store.status().revision == revision, "a late or repeated report costs no write")
    try await cluster.registry.delete(Sample.key(.devices, "sensor"))
    #expect(try await cluster.registry.list(.deviceStatuses).items.isEmpty, "the status goes with its device")
  }

  @Test("a state report travels as a string that holds JSON and is written beside the twins")
  func stateReports() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    try await cluster.create(Sample.deviceModel("model"), Sample.device("sensor", node: "edge-1"))
    let document: JSONValue = [
      "device": ["name": "sensor", "state": "Online", "lastOnlineTime": "2026-11-23T01:02:03Z"]
    ]
    let answer = await edge.send(
      .update, "device/default/sensor/state/update", source: "twin", content: MessageContent(text: document.text))
    #expect(answer?.content == .ok && answer?.operation == .response && answer?.route.group == "twin")
    let status = try await cluster.registry.get(Sample.key(.deviceStatuses, "sensor"))
    #expect(status["status", "state"] == "online")
    #expect(status["status", "lastOnlineTime"] == "2026-11-23T01:02:03Z")
  }

  @Test("reports of devices that are unknown, of another node or malformed are refused and write nothing")
  func deviceRefusals() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    try await cluster.create(
      Sample.deviceModel("model"), Sample.device("sensor", node: "edge-1"), Sample.device("theirs", node: "edge-2"))
    let twin: JSONValue = ["twin": [:]]
    for (resource, content, code) in [
      ("device/default/none/twin/edge_updated", twin, 404), ("device/default/theirs/twin/edge_updated", twin, 403),
      ("device/default/theirs/state/update", ["device": ["name": "theirs", "state": "online"]], 403),
      ("device/default/sensor/twin/edge_updated", [:], 400), ("device/default/sensor/twin/edge_updated", 7, 400),
      ("device/default/sensor/state/update", ["device": ["name": "sensor", "state": "sleepy"]], 400),
      ("device/default/sensor/twin/cloud_updated", twin, 405), ("device/sensor/twin/edge_updated", twin, 405),
      ("", twin, 405), ("device//sensor/twin/edge_updated", twin, 405),
    ] as [(String, JSONValue, Int64)] {
      #expect(try await edge.ask(.update, resource, source: "twin", content).refusalCode == code, "\(resource)")
    }
    #expect(try await cluster.registry.list(.deviceStatuses).items.isEmpty)
  }

  // MARK: Everything else

  @Test("keepalives and answers want no answer; what nobody understands is answered with a refusal")
  func unknownMessages() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    #expect(await edge.send(.keepalive, "node", content: MessageContent(text: "ping")) == nil)
    let question = EdgeMessage(header: MessageHeader(id: "q", timestampMilliseconds: 0), route: MessageRoute())
    let late = question.ack(id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now())
    #expect(await edge.handler.handle(late) == nil)
    for (operation, resource) in [
      (MessageOperation.update, "default/pod/new"), (.update, "default/configmap/a"), (.delete, "default/secret/s"),
      (.insert, "null/node"), (.insert, ""), (.delete, "null/node/edge-1"), ("conquer", "null/node/edge-1"),
    ] {
      #expect(try await edge.ask(operation, resource, [:]).refusalCode == 405, "\(operation) \(resource)")
    }
  }

  @Test("every answer names its question")
  func answersNameTheirQuestion() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    for resource in ["null/node/edge-1", "null/node/edge-2", "nonsense"] {
      let question = EdgeMessage(
        id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now(), source: "edged", group: "meta",
        operation: .insert, resource: resource)
      let answer = await edge.handler.handle(question)
      #expect(answer?.parentID == question.id && answer?.resource == resource && answer?.isAnswer == true)
    }
  }

  @Test(
    "malformed content is refused and writes nothing",
    arguments: [
      "null", "7", "[]", #""text""#, #""{\"broken\"""#, "{}", #"{"kind":"Node"}"#, #"{"status":7}"#, #"{"status":[]}"#,
      #"{"apiVersion":"v1","kind":"Node","metadata":7}"#,
    ])
  func malformed(json: String) async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    try await edge.register()
    try await cluster.create(Sample.pod("mine", node: "edge-1"))
    let revision = try await cluster.store.status().revision
    let content = MessageContent(json: Array(json.utf8))
    for (operation, resource) in [
      (MessageOperation.insert, "null/node/edge-1"), (.patch, "null/nodepatch/edge-1"),
      (.patch, "default/podpatch/mine"),
      (.update, "kube-node-lease/lease/edge-1"),
    ] {
      // An empty patch is a patch that changes nothing.
      if json == "{}", operation == .patch { continue }
      if json == #"{"kind":"Node"}"#, operation == .patch { continue }
      if json == #"{"apiVersion":"v1","kind":"Node","metadata":7}"#, operation == .patch { continue }
      let code = try await edge.send(operation, resource, content: content)?.content.value().refusalCode
      #expect(code == 400 || code == 422, "\(operation) \(resource)")
    }
    #expect(try await cluster.store.status().revision == revision)
  }

  @Test("a failure that may pass is answered as an error, so that the node keeps its report and tries again")
  func retryable() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    await cluster.store.close()
    let answer = await edge.send(
      .insert, "null/node/edge-1", content: MessageContent(json: Sample.node("edge-1").serialized()))
    #expect(answer?.operation == .error && answer?.isAnswer == true)
    // An EdgeCore drops what has no group, and its caller would wait for a minute.
    #expect(answer?.route.group == "resource" && answer?.route.source == "edgecontroller")
  }
}
#endif
