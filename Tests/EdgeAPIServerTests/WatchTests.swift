import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgeStore
import Testing

@Suite("Watching objects")
struct WatchTests {
  let store = MemoryStore()
  let registry: ObjectRegistry

  init() { registry = makeRegistry(store) }

  @Test("a watch from a list's version tells what came after it, in order")
  func afterList() async throws {
    try await registry.create(Sample.configMap("before"))
    let list = try await registry.list(.configMaps)
    let watch = try await registry.watch(.configMaps, from: list.resourceVersion)
    try await registry.create(Sample.configMap("c"))
    try await registry.patch(Sample.key(.configMaps, "c"), ["data": ["a": "2"]])
    try await registry.delete(Sample.key(.configMaps, "c"))
    #expect(try await collect(watch, 3) == ["ADDED c", "MODIFIED c", "DELETED c"])
  }

  @Test("a watch without a version first tells the present state")
  func presentState() async throws {
    try await registry.create(Sample.configMap("a"))
    try await registry.create(Sample.configMap("b"))
    let watch = try await registry.watch(.configMaps)
    try await registry.delete(Sample.key(.configMaps, "a"))
    #expect(try await collect(watch, 3) == ["ADDED a", "ADDED b", "DELETED a"])
  }

  @Test("an object that enters the selection is added, one that leaves it is deleted")
  func selectorTransitions() async throws {
    let watch = try await registry.watch(
      .pods, fieldSelector: FieldSelector(parsing: "spec.nodeName=edge-1"))
    try await registry.create(Sample.pod("web"))
    let key = Sample.key(.pods, "web")
    try await registry.patch(key, ["spec": ["nodeName": "edge-1"]])
    try await registry.patch(key, ["status": ["phase": "Running"]], subresource: .status)
    try await registry.create(Sample.pod("other", node: "edge-2"))
    try await registry.delete(key, gracePeriodSeconds: 0)
    #expect(try await collect(watch, 3) == ["ADDED web", "MODIFIED web", "DELETED web"])

    let labelled = try await registry.watch(.configMaps, labelSelector: LabelSelector(parsing: "on=yes"))
    try await registry.create(Sample.configMap("c"))
    let config = Sample.key(.configMaps, "c")
    try await registry.patch(config, ["metadata": ["labels": ["on": "yes"]]])
    let left = try await registry.patch(config, ["metadata": ["labels": ["on": "no"]]])
    #expect(try await labelled.next()?.kind == .added)
    let gone = try await labelled.next()
    #expect(gone?.kind == .deleted)
    #expect(gone?.object.metadata.labels == ["on": "yes"])
    #expect(gone?.resourceVersion == left.metadata.resourceVersion)
  }

  @Test("a deletion carries the last state with the version of the deletion")
  func deletionVersion() async throws {
    let created = try await registry.create(Sample.configMap("c"))
    let watch = try await registry.watch(.configMaps, from: created.metadata.resourceVersion)
    try await registry.delete(Sample.key(.configMaps, "c"))
    let event = try await watch.next()
    #expect(event?.object["data", "a"] == "1")
    #expect(event?.resourceVersion == "3")
  }

  @Test("a watch keeps to its namespace, and one of all resources sees every kind")
  func scope() async throws {
    let scoped = try await registry.watch(.configMaps, namespace: "other")
    let all = try await registry.watch()
    try await registry.create(Sample.configMap("here"))
    try await registry.create(Sample.pod("web"))
    var there = Sample.configMap("there")
    there.metadata.namespace = "other"
    try await registry.create(there)
    #expect(try await collect(scoped, 1) == ["ADDED there"])
    #expect(try await collect(all, 3) == ["ADDED here", "ADDED web", "ADDED there"])
  }

  @Test("a watch from a compacted version is expired")
  func expired() async throws {
    let first = try await registry.create(Sample.configMap("a"))
    for name in ["b", "c", "d"] { try await registry.create(Sample.configMap(name)) }
    try await store.compact(upTo: Revision(rawValue: 5))
    let error = await refusal {
      let watch = try await registry.watch(.configMaps, from: first.metadata.resourceVersion)
      _ = try await watch.next()
    }
    #expect(error?.code == .expired && error?.httpStatus == 410)
  }

  @Test("with bookmarks a watch whose selector hides everything still tells how far it has come")
  func bookmarks() async throws {
    let watch = try await registry.watch(
      .configMaps,
      options: WatchOptions(labelSelector: LabelSelector(parsing: "on=yes"), sendsBookmarks: true))
    let hidden = try await registry.create(Sample.configMap("hidden"))
    let event = try await watch.next()
    #expect(event?.kind == .bookmark)
    #expect(event?.object.kind == "ConfigMap")
    #expect(event?.resourceVersion == hidden.metadata.resourceVersion)
  }

  @Test("a watch ends when the task that reads it is cancelled")
  func cancellation() async throws {
    let watch = try await registry.watch(.configMaps)
    let reader = Task { try await watch.next() }
    reader.cancel()
    #expect(try await reader.value == nil)
  }
}
