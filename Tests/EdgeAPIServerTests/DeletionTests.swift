import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeStore
import Testing

@Suite("Deleting objects")
struct DeletionTests {
  let store = MemoryStore()
  let registry: ObjectRegistry

  init() { registry = makeRegistry(store) }

  @Test("a deleted object is gone and can be created anew with another uid")
  func simple() async throws {
    let first = try await registry.create(Sample.configMap("c"))
    try await registry.delete(Sample.key(.configMaps, "c"))
    #expect(await refusal { try await registry.delete(Sample.key(.configMaps, "c")) }?.code == .notFound)
    #expect(try await registry.create(Sample.configMap("c")).metadata.uid != first.metadata.uid)
  }

  @Test("a precondition on uid or resource version that does not hold is a conflict and deletes nothing")
  func preconditions() async throws {
    let object = try await registry.create(Sample.configMap("c"))
    let key = Sample.key(.configMaps, "c")
    #expect(await refusal { try await registry.delete(key, preconditions: .init(uid: "x")) }?.code == .conflict)
    #expect(
      await refusal { try await registry.delete(key, preconditions: .init(resourceVersion: "1")) }?.code == .conflict)
    try await registry.delete(
      key, preconditions: .init(uid: object.metadata.uid, resourceVersion: object.metadata.resourceVersion))
  }

  @Test("a bound pod is marked first and goes when its node agent deletes it with grace 0")
  func graceful() async throws {
    try await registry.create(Sample.pod("web", node: "edge-1"))
    let key = Sample.key(.pods, "web")
    let marked = try await registry.beginDeletion(key)
    #expect(!marked.isRemoved)
    #expect(marked.object.metadata.deletionTimestamp == FixedClock.noon.time + .seconds(30))
    #expect(marked.object.metadata.deletionGracePeriodSeconds == 30)
    #expect(try await registry.delete(key) == marked.object)
    try await registry.patch(key, ["status": ["phase": "Running"]], subresource: .status)
    #expect(try await registry.beginDeletion(key, gracePeriodSeconds: 0).isRemoved)
    #expect(await refusal { try await registry.get(key) }?.code == .notFound)
  }

  @Test("a pod that is not bound or has ended goes at once")
  func notWaitedFor() async throws {
    try await registry.create(Sample.pod("unbound"))
    #expect(try await registry.beginDeletion(Sample.key(.pods, "unbound")).isRemoved)
    try await registry.create(Sample.pod("ended", node: "edge-1"))
    let key = Sample.key(.pods, "ended")
    try await registry.patch(key, ["status": ["phase": "Succeeded"]], subresource: .status)
    #expect(try await registry.beginDeletion(key).isRemoved)
  }

  @Test("finalizers hold an object until the last is removed")
  func finalizers() async throws {
    var object = Sample.configMap("c")
    object.metadata.finalizers = ["example.com/hold"]
    try await registry.create(object)
    let key = Sample.key(.configMaps, "c")
    #expect(try await !registry.beginDeletion(key, gracePeriodSeconds: 0).isRemoved)
    #expect(try await registry.get(key).metadata.deletionTimestamp != nil)
    try await registry.mutate(key) {
      $0.metadata.finalizers = []
      return true
    }
    #expect(await refusal { try await registry.get(key) }?.code == .notFound)
  }

  @Test("dependents follow their owner, through several levels; strangers stay")
  func garbage() async throws {
    let deployment = try await registry.create(Sample.deployment("web"))
    let replicaSet = try await registry.create(owned(Sample.replicaSet("web-1"), by: deployment))
    try await registry.create(owned(Sample.pod("web-1-a"), by: replicaSet))
    try await registry.create(Sample.pod("stranger"))
    try await registry.delete(Sample.key(.deployments, "web"))
    #expect(try await registry.list(.replicaSets).items.isEmpty)
    #expect(try await registry.list(.pods).items.map(\.metadata.name) == ["stranger"])
  }

  @Test("a dependent of two owners goes with the second")
  func twoOwners() async throws {
    let first = try await registry.create(Sample.configMap("first"))
    let second = try await registry.create(Sample.configMap("second"))
    try await registry.create(owned(owned(Sample.configMap("child"), by: first), by: second, controller: false))
    try await registry.delete(Sample.key(.configMaps, "first"))
    #expect(await refusal { try await registry.get(Sample.key(.configMaps, "child")) } == nil)
    try await registry.delete(Sample.key(.configMaps, "second"))
    #expect(await refusal { try await registry.get(Sample.key(.configMaps, "child")) }?.code == .notFound)
  }

  @Test("orphaned dependents stay and lose the reference")
  func orphan() async throws {
    let owner = try await registry.create(Sample.deployment("web"))
    try await registry.create(owned(Sample.replicaSet("web-1"), by: owner))
    try await registry.delete(Sample.key(.deployments, "web"), propagation: .orphan)
    let left = try await registry.get(Sample.key(.replicaSets, "web-1"))
    #expect(left.metadata.ownerReferences.isEmpty)
  }

  @Test("a dependent created after its owner went, or owned by an earlier bearer of the name, is collected at once")
  func lateDependent() async throws {
    let owner = try await registry.create(Sample.deployment("web"))
    try await registry.delete(Sample.key(.deployments, "web"))
    try await registry.create(Sample.deployment("web"))
    try await registry.create(owned(Sample.replicaSet("late"), by: owner))
    #expect(await refusal { try await registry.get(Sample.key(.replicaSets, "late")) }?.code == .notFound)
  }

  @Test("what a crash left behind is found by a later collection")
  func sweep() async throws {
    let owner = try await registry.create(Sample.deployment("web"))
    try await registry.create(owned(Sample.replicaSet("web-1"), by: owner))
    // The owner's deletion reached the store and the process died before it collected.
    try await store.delete(StoreKey("/registry/deployments.apps/default/web"))
    try await registry.collectGarbage()
    #expect(try await registry.list(.replicaSets).items.isEmpty)
    #expect(try await store.status().keyCount == 0)
  }

  private func owned(
    _ object: UnstructuredObject, by owner: UnstructuredObject, controller: Bool = true
  ) -> UnstructuredObject {
    var object = object
    if let reference = OwnerReference(to: owner, controller: controller) {
      object.metadata.ownerReferences.append(reference)
    }
    return object
  }
}
