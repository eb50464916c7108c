#if Networking
import EdgeAPIModels
import EdgeJSON
import EdgeStore
import Testing

@testable import EdgeAPIServer

@Suite("Patches of objects")
struct PatchTests {
  let store = MemoryStore()
  let registry: ObjectRegistry
  let key = Sample.key(.deployments, "web")

  init() { registry = makeRegistry(store) }

  private func patched(_ patch: ObjectPatch, subresource: Subresource? = nil) async throws -> UnstructuredObject {
    try await registry.patch(key, patch, subresource: subresource)
  }

  private func operations(_ patch: JSONValue) throws -> ObjectPatch { .json(try JSONPatch(patch)) }

  @Test("a JSON patch changes what its operations name, or nothing")
  func jsonPatch() async throws {
    try await registry.create(Sample.deployment("web"))
    let scaled = try await patched(
      operations([
        ["op": "test", "path": "/spec/replicas", "value": 1],
        ["op": "replace", "path": "/spec/replicas", "value": 3],
        ["op": "add", "path": "/metadata/labels", "value": ["tier": "edge"]],
      ]))
    #expect(scaled["spec", "replicas"] == 3 && scaled.metadata.labels == ["tier": "edge"])
    #expect(scaled.metadata.generation == 2)
    let failing: JSONValue = [
      ["op": "replace", "path": "/spec/replicas", "value": 9], ["op": "test", "path": "/spec/paused", "value": true],
    ]
    let error = await refusal { try await patched(operations(failing)) }
    #expect(error?.code == .invalid)
    #expect(try await registry.get(key) == scaled)
  }

  @Test("a strategic patch merges lists by their keys and takes directives")
  func strategicPatch() async throws {
    var deployment = Sample.deployment("web")
    deployment["spec", "template", "spec", "containers"] = [
      ["name": "main", "image": "app:1"], ["name": "side", "image": "side:1"],
    ]
    try await registry.create(deployment)
    let result = try await patched(
      .strategic([
        "spec": [
          "template": [
            "spec": [
              "containers": [["name": "main", "image": "app:2"], ["name": "side", "$patch": "delete"]]
            ]
          ]
        ]
      ]))
    let containers = result["spec", "template", "spec", "containers"]?.arrayValue
    #expect(containers?.map { $0["name"] } == ["main"])
    #expect(containers?.first?["image"] == "app:2")
  }

  @Test("a patch of the status leaves the rest")
  func status() async throws {
    try await registry.create(Sample.deployment("web"))
    let patch = try operations([
      ["op": "add", "path": "/status", "value": ["replicas": 1]],
      ["op": "replace", "path": "/spec/replicas", "value": 7],
    ])
    let result = try await patched(patch, subresource: .status)
    #expect(result["status", "replicas"] == 1 && result["spec", "replicas"] == 1)
  }

  @Test("a custom kind takes JSON patches but no strategic ones")
  func customKind() async throws {
    try await registry.create(Sample.object(Sample.alphaDevice))
    let device = Sample.key(.devices, "sensor-01")
    let error = await refusal { try await registry.patch(device, .strategic(["spec": ["nodeName": "edge-2"]])) }
    #expect(error?.code == .unsupportedMediaType)
    let moved = try await registry.patch(
      device, operations([["op": "replace", "path": "/spec/nodeName", "value": "edge-2"]]))
    #expect(moved["spec", "nodeName"] == "edge-2")
    // In the version the client speaks.
    let alpha = try await registry.patch(
      device, operations([["op": "replace", "path": "/spec/protocol/modbus/slaveID", "value": 2]]),
      version: "v1alpha2")
    #expect(try registry.converted(alpha, to: "v1alpha2")["spec", "protocol", "modbus", "slaveID"] == 2)
  }

  @Test("a patch for another resource version is a conflict, one that leaves no object or a wrong one is invalid")
  func refusals() async throws {
    try await registry.create(Sample.deployment("web"))
    let stale: ObjectPatch = .merge(["metadata": ["resourceVersion": "1"], "spec": ["replicas": 2]])
    #expect(await refusal { try await patched(stale) }?.code == .conflict)
    for patch in [
      try operations([["op": "remove", "path": "/kind"]]),
      try operations([["op": "replace", "path": "", "value": []]]),
      .strategic(["spec": ["replicas": "many"]]), .merge(["spec": ["selector": ["matchLabels": ["app": "x"]]]]),
      .strategic(["spec": ["template": ["spec": ["containers": [["image": "no-name"]]]]]]),
    ] {
      #expect(await refusal { try await patched(patch) }?.code == .invalid, "\(patch)")
    }
    for patch in [ObjectPatch.merge([1]), .strategic("x"), .strategic(["spec": ["$patch": "explode"]])] {
      #expect(await refusal { try await patched(patch) }?.code == .badRequest, "\(patch)")
    }
  }

  @Test("the update of an object that was stored before a default existed is no change of what is fixed")
  func newDefaults() async throws {
    var pod = try await registry.create(Sample.pod("old"))
    let key = Sample.key(.pods, "old")
    // As an earlier release would have stored it.
    for field in ["restartPolicy", "dnsPolicy", "terminationGracePeriodSeconds"] { pod["spec", field] = nil }
    _ = try await store.commit(
      Transaction(success: [.put(RegistryKey.storeKey(key), StoredObject.bytes(of: pod))]))
    let patched = try await registry.patch(key, ["status": ["phase": "Running"]], subresource: .status)
    #expect(patched["status", "phase"] == "Running")
  }
}

@Suite("Patches over HTTPS", .timeLimit(.minutes(1)))
struct PatchHTTPTests {
  private static let deployment = "/apis/apps/v1/namespaces/default/deployments/web"
  private static let device = "/apis/devices.kubeedge.io/v1alpha2/namespaces/default/devices/sensor-01"

  @Test("the content type chooses how a patch is read")
  func formats() async throws {
    try await RunningServer.with { server in
      try await server.registry.create(Sample.deployment("web"))
      try await server.registry.create(Sample.object(Sample.alphaDevice))
      let container =
        #"{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"A","value":"1"}]}]}}}}"#
      for (target, format, body, path, value) in [
        (
          Self.deployment, "json-patch+json", #"[{"op":"replace","path":"/spec/replicas","value":2}]"#,
          ["spec", "replicas"], 2 as JSONValue
        ),
        (Self.deployment, "merge-patch+json", #"{"spec":{"replicas":3}}"#, ["spec", "replicas"], 3),
        (Self.deployment, "strategic-merge-patch+json", container, ["spec", "replicas"], 3),
        (
          Self.device, "json-patch+json", #"[{"op":"add","path":"/spec/protocol/modbus/slaveID","value":9}]"#,
          ["spec", "protocol", "modbus", "slaveID"], 9
        ),
      ] {
        let answer = try await server.send("PATCH", target, body, [("Content-Type", "application/\(format)")])
        #expect(answer.status == 200, "\(format): \(answer.body)")
        #expect(answer.body[path: path] == value, "\(format)")
      }
      let stored = try await server.registry.get(Sample.key(.deployments, "web"))
      let main = stored["spec", "template", "spec", "containers"]?.arrayValue?.first
      #expect(main?["image"] == "app:1" && main?["env"] == [["name": "A", "value": "1"]])
    }
  }

  @Test("a patch that cannot be used is refused with the status and reason of Kubernetes")
  func refusals() async throws {
    try await RunningServer.with { server in
      try await server.registry.create(Sample.deployment("web"))
      try await server.registry.create(Sample.object(Sample.alphaDevice))
      let many =
        "[" + Array(repeating: #"{"op":"test","path":"/kind","value":1}"#, count: 10_001).joined(separator: ",") + "]"
      for (target, format, body, status, reason, words) in [
        (Self.deployment, "json-patch+json", "{}", 400, "BadRequest", "array of operations"),
        (Self.deployment, "json-patch+json", #"[{"op":"grow","path":"/a"}]"#, 400, "BadRequest", "op"),
        (Self.deployment, "json-patch+json", "[", 400, "BadRequest", "not valid JSON"),
        (Self.deployment, "json-patch+json", many, 413, "RequestEntityTooLarge", "10000"),
        (
          Self.deployment, "json-patch+json", #"[{"op":"remove","path":"/spec/none"}]"#, 422, "Invalid",
          "the server rejected our request due to an error in our request"
        ),
        (Self.deployment, "merge-patch+json", "[1]", 400, "BadRequest", "object"),
        (Self.deployment, "strategic-merge-patch+json", "7", 400, "BadRequest", "object"),
        (Self.device, "strategic-merge-patch+json", "{}", 415, "UnsupportedMediaType", "application/merge-patch+json"),
        (Self.deployment + "/status", "apply-patch+yaml", "{}", 415, "UnsupportedMediaType", "json-patch+json"),
        (Self.deployment, "json", "{}", 415, "UnsupportedMediaType", "application/strategic-merge-patch+json"),
        (Self.deployment + "x", "merge-patch+json", "{}", 404, "NotFound", "not found"),
      ] {
        let answer = try await server.send("PATCH", target, body, [("Content-Type", "application/\(format)")])
        #expect(answer.status == status, "\(format) \(body.prefix(40)): \(answer.body)")
        #expect(answer.body["reason"] == .string(reason))
        #expect(answer.body["message"]?.stringValue?.contains(words) == true, "\(answer.body)")
      }
    }
  }
}
#endif
