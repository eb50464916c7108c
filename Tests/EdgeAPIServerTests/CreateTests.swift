import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeStore
import Testing

@Suite("Creating objects")
struct CreateTests {
  let registry = makeRegistry()

  @Test("a created object gets uid, creation time, generation 1, defaults and a resource version, and reads back equal")
  func identity() async throws {
    var deployment = Sample.deployment("web")
    deployment["spec", "replicas"] = nil
    let created = try await registry.create(deployment)
    #expect(created.metadata.uid?.count == 36)
    #expect(created.metadata.creationTimestamp == FixedClock.noon.time)
    #expect(created.metadata.generation == 1)
    #expect(created["spec", "replicas"] == 1)
    #expect(created.metadata.resourceVersion == "2")
    #expect(try await registry.get(Sample.key(.deployments, "web")) == created)
  }

  @Test("a name can be taken once; the refusal names it as Kubernetes does")
  func alreadyExists() async throws {
    try await registry.create(Sample.deployment("web"))
    let error = await refusal { try await registry.create(Sample.deployment("web")) }
    #expect(error?.code == .alreadyExists)
    #expect(error?.message == "deployments.apps \"web\" already exists")
  }

  @Test("generateName gives distinct names with five letters behind the prefix")
  func generateName() async throws {
    var pod = Sample.pod("x")
    pod.metadata.name = nil
    pod.metadata.generateName = "web-"
    let first = try await registry.create(pod)
    let second = try await registry.create(pod)
    #expect(first.metadata.name != second.metadata.name)
    #expect(first.metadata.name?.hasPrefix("web-") == true && first.metadata.name?.count == 9)
  }

  @Test("a namespaced object without a namespace goes to default; a cluster-scoped one takes none")
  func namespaces() async throws {
    let created = try await registry.create(UnstructuredObject(apiVersion: "v1", kind: "ConfigMap", name: "c"))
    #expect(created.metadata.namespace == "default")
    let node = UnstructuredObject(apiVersion: "v1", kind: "Node", name: "edge-1", namespace: "default")
    #expect(await refusal { try await registry.create(node) }?.code == .badRequest)
  }

  @Test("an invalid object is refused with its fields and nothing is stored")
  func invalid() async throws {
    var pod = Sample.pod("web")
    pod["spec", "containers"] = [["image": "app:1"]]
    let error = await refusal { try await registry.create(pod) }
    #expect(error?.code == .invalid)
    #expect(error?.details?.causes.contains { $0.path == "spec.containers[0].name" } == true)
    #expect(error?.message.hasPrefix("Pod \"web\" is invalid: ") == true)
    #expect(try await registry.list(.pods).items.isEmpty)
  }

  @Test("an unknown kind is refused by name")
  func unknownKind() async {
    let error = await refusal {
      try await registry.create(UnstructuredObject(apiVersion: "example.com/v1", kind: "Gadget", name: "g"))
    }
    #expect(error?.code == .unknownKind)
    #expect(error?.message == "no matches for kind \"Gadget\" in version \"example.com/v1\"")
  }

  @Test("a new pod is Pending whatever it says; a node keeps the status it registers with")
  func status() async throws {
    var pod = Sample.pod("web")
    pod["status"] = ["phase": "Running"]
    #expect(try await registry.create(pod)["status", "phase"] == "Pending")
    var node = UnstructuredObject(apiVersion: "v1", kind: "Node", name: "edge-1")
    node["status"] = ["nodeInfo": ["architecture": "arm64"]]
    #expect(try await registry.create(node)["status", "nodeInfo", "architecture"] == "arm64")
  }

  @Test("a v1alpha2 device is stored as v1beta1 and reads back in both versions")
  func conversion() async throws {
    let created = try await registry.create(Sample.object(Sample.alphaDevice))
    #expect(created.apiVersion == "devices.kubeedge.io/v1beta1")
    #expect(created["spec", "protocol", "protocolName"] == "modbus")
    let alpha = try await registry.get(Sample.key(.devices, "sensor-01"), version: "v1alpha2")
    #expect(alpha.apiVersion == "devices.kubeedge.io/v1alpha2")
    #expect(alpha["spec", "protocol", "common", "tcp", "port"] == 5502)
    #expect(alpha["status", "twins"]?[0]?["desired"]?["value"] == "21")
  }

  @Test("admission may change and refuse, in the order of its steps")
  func admission() async throws {
    struct Labelling: AdmissionStep {
      func admit(_ request: AdmissionRequest) async throws(APIError) -> UnstructuredObject {
        if request.key.name == "forbidden" { throw .forbidden(request.key, "that name") }
        var object = request.object
        object.metadata.labels["admitted"] = "yes"
        return object
      }
    }
    let registry = makeRegistry(admission: [Labelling()])
    #expect(try await registry.create(Sample.configMap("c")).metadata.labels == ["admitted": "yes"])
    let error = await refusal { try await registry.create(Sample.configMap("forbidden")) }
    #expect(error?.code == .forbidden && error?.message == "configmaps \"forbidden\" is forbidden: that name")
  }

  @Test("an object larger than the store takes is refused as too large")
  func tooLarge() async {
    let big = Sample.configMap("big", ["a": String(repeating: "x", count: 2 << 20)])
    let code = await refusal { try await registry.create(big) }?.code
    #expect(code == .tooLarge || code == .invalid)
  }
}
