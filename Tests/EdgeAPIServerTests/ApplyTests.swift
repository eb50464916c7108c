import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgeStore
import Testing

@Suite("Applying manifests")
struct ApplyTests {
  let registry = makeRegistry()

  @Test("the first apply creates, the same again changes nothing, a changed one configures")
  func outcomes() async throws {
    let manifest = Sample.deployment("web")
    #expect(try await registry.apply(manifest).outcome == .created)
    #expect(try await registry.apply(manifest).outcome == .unchanged)
    let changed = try await registry.apply(Sample.deployment("web", replicas: 3))
    #expect(changed.outcome == .configured)
    #expect(changed.object["spec", "replicas"] == 3)
    #expect(changed.object.metadata.generation == 2)
  }

  @Test("what an earlier manifest had and this one has not is removed; what others wrote stays")
  func threeWay() async throws {
    try await registry.apply(Sample.configMap("c", ["a": "1", "b": "2"]))
    try await registry.patch(Sample.key(.configMaps, "c"), ["data": ["theirs": "x"]])
    let result = try await registry.apply(Sample.configMap("c", ["a": "9"]))
    #expect(result.object["data"] == ["a": "9", "theirs": "x"])
  }

  @Test("an object that was created without apply is adopted and loses nothing")
  func adoption() async throws {
    try await registry.create(Sample.configMap("c", ["a": "1", "b": "2"]))
    let result = try await registry.apply(Sample.configMap("c", ["a": "9"]))
    #expect(result.outcome == .configured)
    #expect(result.object["data"] == ["a": "9", "b": "2"])
  }

  @Test("the manifest is remembered as kubectl writes it")
  func annotation() async throws {
    let result = try await registry.apply(Sample.configMap("c"))
    #expect(
      result.object.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]
        == #"{"apiVersion":"v1","data":{"a":"1"},"kind":"ConfigMap","metadata":{"name":"c","namespace":"default"}}"#
        + "\n")
  }

  @Test("a manifest with status and server fields, as saved from get, applies over its own object without change")
  func savedManifest() async throws {
    try await registry.apply(Sample.deployment("web"))
    let key = Sample.key(.deployments, "web")
    try await registry.patch(key, ["status": ["replicas": 1]], subresource: .status)
    var saved = try await registry.get(key)
    saved.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"] = nil
    saved.metadata.resourceVersion = "1"
    let result = try await registry.apply(saved)
    #expect(result.object["status", "replicas"] == 1)
    #expect(result.object.metadata.generation == 1)
  }

  @Test("a device applied in v1alpha2 is unchanged when applied again, and can be applied in v1beta1 after")
  func versions() async throws {
    let alpha = try Sample.object(Sample.alphaDevice)
    #expect(try await registry.apply(alpha).outcome == .created)
    #expect(try await registry.apply(alpha).outcome == .unchanged)
    var beta = try await registry.get(Sample.key(.devices, "sensor-01"))
    beta.metadata.annotations = [:]
    beta["spec", "nodeName"] = "edge-node-2"
    let result = try await registry.apply(beta)
    #expect(result.outcome == .configured)
    #expect(result.object["spec", "nodeName"] == "edge-node-2")
  }

  @Test("a null in a manifest is a field that is not wanted, and applies again without change")
  func nulls() async throws {
    var manifest = Sample.deployment("web")
    manifest["spec", "template", "metadata", "creationTimestamp"] = JSONValue.null
    #expect(try await registry.apply(manifest).outcome == .created)
    #expect(try await registry.apply(manifest).outcome == .unchanged)
    var device = try Sample.object(Sample.alphaDevice)
    device["spec", "data"] = JSONValue.null
    #expect(try await registry.apply(device).outcome == .created)
    #expect(try await registry.apply(device).outcome == .unchanged)
  }

  @Test("an invalid manifest changes nothing")
  func invalid() async throws {
    let before = try await registry.apply(Sample.deployment("web")).object
    var broken = Sample.deployment("web")
    broken["spec", "replicas"] = "many"
    #expect(await refusal { try await registry.apply(broken) }?.code == .invalid)
    #expect(try await registry.get(Sample.key(.deployments, "web")) == before)
  }
}
