import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeStore
import Testing

@Suite("Changing objects")
struct UpdateTests {
  let store = MemoryStore()
  let registry: ObjectRegistry

  init() { registry = makeRegistry(store) }

  @Test("an update from a stale read is a conflict; without a resource version the last writer wins")
  func conflict() async throws {
    let first = try await registry.create(Sample.configMap("c"))
    var second = first
    second["data", "a"] = "2"
    let updated = try await registry.update(second)
    #expect(updated.metadata.resourceVersion != first.metadata.resourceVersion)
    let error = await refusal { try await registry.update(first) }
    #expect(error?.code == .conflict)
    #expect(
      error?.message == "Operation cannot be fulfilled on configmaps \"c\": the object has been modified; "
        + "please apply your changes to the latest version and try again")
    var blind = first
    blind.metadata.resourceVersion = nil
    #expect(try await registry.update(blind)["data", "a"] == "1")
  }

  @Test("the generation counts changes of the spec only")
  func generation() async throws {
    var deployment = try await registry.create(Sample.deployment("web"))
    deployment.metadata.labels["tier"] = "front"
    deployment = try await registry.update(deployment)
    #expect(deployment.metadata.generation == 1)
    deployment["spec", "replicas"] = 3
    deployment = try await registry.update(deployment)
    #expect(deployment.metadata.generation == 2)
    deployment["status"] = ["replicas": 3]
    deployment = try await registry.update(deployment, subresource: .status)
    #expect(deployment.metadata.generation == 2)
  }

  @Test("the main update keeps the status, the status update keeps the spec")
  func subresources() async throws {
    var deployment = try await registry.create(Sample.deployment("web"))
    deployment["status"] = ["replicas": 1]
    deployment["spec", "replicas"] = 9
    deployment = try await registry.update(deployment, subresource: .status)
    #expect(deployment["spec", "replicas"] == 1)
    #expect(deployment["status", "replicas"] == 1)
    deployment["status"] = nil
    deployment["spec", "replicas"] = 2
    deployment = try await registry.update(deployment)
    #expect(deployment["spec", "replicas"] == 2)
    #expect(deployment["status", "replicas"] == 1)
  }

  @Test("a device has no status subresource: its status changes with the main update, and the path is unknown")
  func devices() async throws {
    var device = try await registry.create(Sample.object(Sample.alphaDevice))
    device["status", "reportCycle"] = 7
    #expect(try await registry.update(device)["status", "reportCycle"] == 7)
    #expect(await refusal { try await registry.update(device, subresource: .status) }?.httpStatus == 404)
  }

  @Test("an update that changes nothing writes nothing")
  func noOperation() async throws {
    let deployment = try await registry.create(Sample.deployment("web"))
    let before = try await store.status().revision
    #expect(try await registry.update(deployment) == deployment)
    #expect(try await registry.patch(Sample.key(.deployments, "web"), ["spec": ["replicas": 1]]) == deployment)
    #expect(try await store.status().revision == before)
  }

  @Test("system metadata cannot be forged, and another uid is another object")
  func systemFields() async throws {
    let created = try await registry.create(Sample.configMap("c"))
    var forged = created
    forged.metadata.generation = 99
    forged.metadata.content["creationTimestamp"] = "2001-01-01T00:00:00Z"
    #expect(try await registry.update(forged) == created)
    forged.metadata.uid = "another"
    #expect(await refusal { try await registry.update(forged) }?.code == .conflict)
  }

  @Test("a merge patch sets, replaces and removes; what it breaks is refused")
  func mergePatch() async throws {
    try await registry.create(Sample.configMap("c", ["a": "1", "b": "2"]))
    let key = Sample.key(.configMaps, "c")
    let patched = try await registry.patch(key, ["data": ["a": .null, "c": "3"]])
    #expect(patched["data"] == ["b": "2", "c": "3"])
    #expect(await refusal { try await registry.patch(key, ["metadata": ["name": "d"]]) }?.code == .badRequest)
    #expect(await refusal { try await registry.patch(key, ["data": 5]) }?.code == .invalid)
    #expect(await refusal { try await registry.patch(key, [1]) }?.code == .badRequest)
    #expect(
      await refusal { try await registry.patch(key, ["metadata": ["resourceVersion": "1"]]) }?.code == .conflict)
  }

  @Test("a patch in v1alpha2 reaches the v1beta1 object that is stored")
  func patchInAnotherVersion() async throws {
    try await registry.create(Sample.object(Sample.alphaDevice))
    let patched = try await registry.patch(
      Sample.key(.devices, "sensor-01"), ["spec": ["protocol": ["common": ["tcp": ["port": 1502]]]]],
      version: "v1alpha2")
    #expect(patched.apiVersion == "devices.kubeedge.io/v1beta1")
    #expect(patched["spec", "protocol", "configData", "port"] == 1502)
  }

  @Test("concurrent read-modify-writes of one object all take effect")
  func contention() async throws {
    try await registry.create(Sample.configMap("counter", ["n": "0"]))
    let key = Sample.key(.configMaps, "counter")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<20 {
        group.addTask {
          try await registry.mutate(key) { object in
            let value = Int(object["data", "n"]?.stringValue ?? "") ?? 0
            object["data", "n"] = .string(String(value + 1))
            return true
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await registry.get(key)["data", "n"] == "20")
  }

  @Test("a mutation that declines leaves the object alone")
  func declined() async throws {
    let created = try await registry.create(Sample.configMap("c"))
    let result = try await registry.mutate(Sample.key(.configMaps, "c")) { object in
      object["data", "a"] = "changed"
      return false
    }
    #expect(result == created)
  }

  @Test("a pod is bound once; the rest of its spec is fixed but for image and tolerations")
  func podSpec() async throws {
    try await registry.create(Sample.pod("web"))
    let key = Sample.key(.pods, "web")
    #expect(try await registry.patch(key, ["spec": ["nodeName": "edge-1"]])["spec", "nodeName"] == "edge-1")
    #expect(await refusal { try await registry.patch(key, ["spec": ["nodeName": "edge-2"]]) }?.code == .invalid)
    let image: JSONValue = ["spec": ["containers": [["name": "main", "image": "app:2"]]]]
    #expect(await refusal { try await registry.patch(key, image) } == nil)
    #expect(await refusal { try await registry.patch(key, ["spec": ["hostNetwork": true]]) }?.code == .invalid)
  }

  @Test("a deployment's selector and an immutable config map stay as they are")
  func immutable() async throws {
    var deployment = try await registry.create(Sample.deployment("web"))
    deployment["spec", "selector", "matchLabels", "app"] = "other"
    deployment["spec", "template", "metadata", "labels", "app"] = "other"
    #expect(await refusal { try await registry.update(deployment) }?.code == .invalid)
    var configMap = Sample.configMap("c")
    configMap["immutable"] = true
    configMap = try await registry.create(configMap)
    configMap["data", "a"] = "2"
    #expect(await refusal { try await registry.update(configMap) }?.code == .invalid)
  }

  @Test("changing what is not there is not found")
  func absent() async {
    let error = await refusal { try await registry.update(Sample.configMap("none")) }
    #expect(error?.code == .notFound && error?.message == "configmaps \"none\" not found")
  }
}
