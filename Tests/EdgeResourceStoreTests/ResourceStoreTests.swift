import EdgeAPIKinds
import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import EdgeResourceStore
import EdgeStore
import Testing

@Suite struct ResourceStoreTests {
  private func reason<Answer>(_ body: () async throws -> Answer) async -> ResourceError.Reason? {
    let error = await #expect(throws: ResourceError.self) { _ = try await body() }
    return error?.reason
  }

  @Test("a created object has a uid, a creation time and the revision of its write as version, and is read back so")
  func creating() async throws {
    let store = MemoryStore()
    let resource = resourceStore(store)
    let created = try await resource.create(configMap("a", ["k": "v"]))
    #expect(created.metadata.resourceVersion == "2")
    #expect(created.metadata.uid?.count == 36)
    #expect(created.metadata.creationTimestamp?.rfc3339 == "2026-11-26T12:00:00Z")
    #expect(try await resource.get("a", namespace: "default") == created)
    #expect(await reason { try await resource.create(configMap("a")) } == .alreadyExists)
    #expect(await reason { try await resource.get("b", namespace: "default") } == .notFound)
    let stored = try #require(try await store.get("/registry/configmaps/default/a"))
    #expect(!String(decoding: stored.value, as: UTF8.self).contains("resourceVersion"))
  }

  @Test(
    "objects lie where kube-apiserver would put them",
    arguments: [
      ("", "Pod", true, "/registry/pods/ns/x"), ("", "Node", false, "/registry/minions/x"),
      ("", "Service", true, "/registry/services/specs/ns/x"),
      ("apps", "Deployment", true, "/registry/deployments/ns/x"),
      ("coordination.k8s.io", "Lease", true, "/registry/leases/ns/x"),
      ("devices.kubeedge.io", "Device", true, "/registry/devices.kubeedge.io/devices/ns/x"),
      ("snapshot.storage.k8s.io", "Thing", false, "/registry/snapshot.storage.k8s.io/things/x"),
    ])
  func layout(_ group: String, _ kind: String, _ isNamespaced: Bool, _ expected: String) async throws {
    let store = MemoryStore()
    let type = ResourceType(GroupVersionKind(group: group, version: "v1", kind: kind), isNamespaced: isNamespaced)
    let resource = ResourceStore<UnstructuredObject>(store, type, codec: .json)
    try await resource.create(
      UnstructuredObject(
        apiVersion: type.gvk.apiVersion, kind: kind, name: "x", namespace: isNamespaced ? "ns" : nil))
    #expect(try await store.range(RangeRequest(.all)).kvs.map(\.key.description) == [expected])
  }

  @Test(
    "names that would leave their place, a namespace where none belongs and other kinds are invalid, and write nothing")
  func invalid() async throws {
    let store = MemoryStore()
    let resource = resourceStore(store)
    for name in ["", "a/b", "..", ".", "a%2Fb", "a\0b", String(repeating: "x", count: 254)] {
      #expect(await reason { try await resource.create(configMap(name)) } == .invalid, "\(name)")
      #expect(await reason { try await resource.get("a", namespace: name) } == .invalid, "\(name)")
      #expect(await reason { try await resource.delete(name, namespace: "default") } == .invalid, "\(name)")
    }
    #expect(await reason { try await resource.get("a") } == .invalid)
    let cluster = ResourceStore<UnstructuredObject>(store, nodes, codec: .json)
    #expect(await reason { try await cluster.get("a", namespace: "default") } == .invalid)
    #expect(await reason { try await cluster.create(configMap("a")) } == .invalid)
    var stale = configMap("a")
    stale.metadata.resourceVersion = "7"
    #expect(await reason { try await resource.create(stale) } == .invalid)
    let huge = configMap("a", ["k": String(repeating: "x", count: 2 << 20)])
    #expect(await reason { try await resource.create(huge) } == .tooLarge)
    #expect(try await store.status().revision == .initial)
  }

  @Test("an update with an old version, or of a successor, is a conflict; one that changes nothing writes nothing")
  func updating() async throws {
    let store = MemoryStore()
    let resource = resourceStore(store)
    let first = try await resource.create(configMap("a", ["k": "1"]))
    var second = first
    second["data", "k"] = "2"
    let written = try await resource.update(second)
    #expect(written.metadata.resourceVersion == "3")
    #expect(written.metadata.uid == first.metadata.uid)
    #expect(await reason { try await resource.update(second) } == .conflict)
    #expect(try await resource.update(written) == written)
    #expect(try await store.status().revision.rawValue == 3)

    // Without a version it replaces whatever is there, but it stays the same object.
    let replaced = try await resource.update(configMap("a", ["k": "3"]))
    #expect(replaced.metadata.uid == first.metadata.uid)
    #expect(replaced.metadata.creationTimestamp == first.metadata.creationTimestamp)
    #expect(await reason { try await resource.update(configMap("b")) } == .notFound)

    try await resource.delete("a", namespace: "default")
    try await resource.create(configMap("a"))
    var old = replaced
    old.metadata.resourceVersion = nil
    #expect(await reason { try await resource.update(old) } == .conflict)
  }

  @Test("deleting returns the last state at the revision of the deletion; preconditions hold or nothing happens")
  func deleting() async throws {
    let resource = resourceStore(MemoryStore())
    let object = try await resource.create(configMap("a", ["k": "1"]))
    for wrong in [WritePreconditions(uid: "x"), WritePreconditions(resourceVersion: ResourceVersion(rawValue: "1"))] {
      #expect(
        await reason { try await resource.delete("a", namespace: "default", preconditions: wrong) } == .conflict)
      #expect(
        await reason { try await resource.update("a", namespace: "default", preconditions: wrong) { _ in } }
          == .conflict
      )
    }
    let right = WritePreconditions(
      uid: object.metadata.uid, resourceVersion: object.metadata.resourceVersion.map { ResourceVersion(rawValue: $0) })
    let last = try await resource.delete("a", namespace: "default", preconditions: right)
    #expect(last["data", "k"] == "1")
    #expect(last.metadata.resourceVersion == "3")
    #expect(await reason { try await resource.delete("a", namespace: "default") } == .notFound)
  }

  @Test(
    "concurrent edits of one object lose none, and give up only after a stated number of lost races or when cancelled")
  func contention() async throws {
    let store = MemoryStore()
    let resource = resourceStore(store)
    try await resource.create(configMap("a", ["n": "0"]))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<25 {
            try await resource.update("a", namespace: "default") { object in
              object["data", "n"] = .string(String((Int(object["data", "n"]?.stringValue ?? "") ?? -1) + 1))
            }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await resource.get("a", namespace: "default")["data", "n"] == "200")

    // A writer that always finds another one before it.
    let rival = RivalStore(store)
    let contended = ResourceStore<UnstructuredObject>(rival, configMaps, codec: .json)
    #expect(
      await reason {
        try await contended.update("a", namespace: "default", attempts: 3) { $0["data", "n"] = "x" }
      } == .conflict)
    #expect(rival.commits == 3)
    let endless = Task { try await contended.update("a", namespace: "default") { $0["data", "n"] = "x" } }
    while rival.commits < 200 { await Task.yield() }
    endless.cancel()
    #expect(await reason { try await endless.value } == .conflict)
  }

  @Test("pages show one state whatever is written between them, and end with Expired when it is compacted")
  func pages() async throws {
    let store = MemoryStore()
    let resource = resourceStore(store)
    for index in 0..<25 { try await resource.create(configMap("m\(100 + index)", namespace: "n\(index % 2)")) }
    let whole = try await resource.list()
    #expect(whole.items.count == 25)
    #expect(try await resource.list(namespace: "n1").items.count == 12)
    #expect(try await resource.count(namespace: "n1") == 12)

    var page = try await resource.list(limit: 10)
    #expect(page.remainingCount == 15)
    var seen = page.items
    while let token = page.continueToken {
      try await resource.create(configMap("z\(seen.count)", namespace: "n1"))
      page = try await resource.list(limit: 10, continuing: token)
      seen += page.items
      #expect(page.version == whole.version)
    }
    #expect(seen == whole.items)
    #expect(try await resource.list(at: whole.version).items == whole.items)

    let token = try #require(try await resource.list(limit: 1).continueToken)
    try await resource.create(configMap("zz"))
    try await store.compact(upTo: try await store.status().revision)
    #expect(await reason { try await resource.list(continuing: token) } == .expired)
    #expect(await reason { try await resource.list(at: whole.version) } == .expired)
    for forged in ["", "x", "9.", "5.L2V0Yy9wYXNzd2Q", "-1.abc", token + "!"] {
      #expect(await reason { try await resource.list(continuing: forged) } == .invalid, "\(forged)")
    }
    #expect(await reason { try await resource.get("zz", namespace: "default", at: .init(rawValue: "999")) } == .timeout)
  }

  @Test("what cannot be read is told beside the rest, fails only calls for itself, and can be taken away")
  func unreadable() async throws {
    let store = MemoryStore()
    let resource = resourceStore(store)
    try await resource.create(configMap("good"))
    for (key, value) in [
      ("damaged", "{"), ("stranger", #"{"apiVersion":"v1","kind":"Node","metadata":{"name":"stranger"}}"#),
      ("misplaced", #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"good","namespace":"default"}}"#),
    ] {
      try await store.put(StoreKey("/registry/configmaps/default/\(key)"), Array(value.utf8))
    }
    try await store.put("/registry/configmaps/default/a/b", [1])
    try await store.put("/registry/configmaps/x", [1])

    let list = try await resource.list()
    #expect(list.items.map(\.metadata.name) == ["good"])
    #expect(list.unreadable.map(\.key.name) == ["/default/a/b", "damaged", "misplaced", "stranger", "/x"])
    #expect(list.unreadable.map(\.error.code) == [.malformed, .malformed, .invalidField, .unexpectedType, .malformed])
    #expect(await reason { try await resource.get("damaged", namespace: "default") } == .unreadable)
    #expect(await reason { try await resource.update(configMap("damaged")) } == .unreadable)
    #expect(await reason { try await resource.delete("damaged", namespace: "default") } == .unreadable)
    #expect(await reason { try await resource.deleteUnreadable("good", namespace: "default") } == .conflict)
    try await resource.deleteUnreadable("damaged", namespace: "default")
    #expect(await reason { try await resource.get("damaged", namespace: "default") } == .notFound)
  }

  @Test("typed models are stored as JSON or protobuf, each is read by the other, and unknown members survive")
  func typed() async throws {
    let store = MemoryStore()
    let asJSON = ResourceStore<CoreV1.ConfigMap>(store, configMaps, codec: .json, clock: FixedClock())
    let asProtobuf = ResourceStore<CoreV1.ConfigMap>(store, configMaps, codec: .protobuf, clock: FixedClock())
    var map = CoreV1.ConfigMap(metadata: .init(name: "a", namespace: "default"))
    map.data = ["k": "v"]
    let created = try await asProtobuf.create(map)
    #expect(created.metadata.resourceVersion == "2")
    #expect(created.metadata.creationTimestamp?.timestamp.rfc3339 == "2026-11-26T12:00:00Z")
    #expect(try await store.get("/registry/configmaps/default/a")?.value.starts(with: Array("k8s\0".utf8)) == true)
    #expect(try await asJSON.get("a", namespace: "default") == created)
    let updated = try await asJSON.update("a", namespace: "default") { $0.data?["k"] = "w" }
    #expect(try await asProtobuf.get("a", namespace: "default") == updated)
    #expect(updated.metadata.uid == created.metadata.uid)

    let newer = #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"n","namespace":"d","later":1},"more":[2]}"#
    let unknown = try await asJSON.create(CoreV1.ConfigMap(json: Array(newer.utf8)))
    try await asJSON.update("n", namespace: "d") { $0.data = ["k": "v"] }
    let text = String(decoding: try await asJSON.get("n", namespace: "d").jsonEncoded(), as: UTF8.self)
    #expect(text.contains(#""later":1"#) && text.contains(#""more":[2]"#), "\(text)")
    #expect(unknown.metadata.uid?.isEmpty == false)
  }

  @Test("an object under a lease keeps it when it is updated, and goes with it")
  func leases() async throws {
    let store = MemoryStore()
    let resource = resourceStore(store)
    let lease = try await store.grantLease(timeToLive: .seconds(60))
    try await resource.create(configMap("a"), lease: lease.id)
    try await resource.update("a", namespace: "default") { $0["data", "k"] = "v" }
    try await store.revokeLease(lease.id)
    #expect(await reason { try await resource.get("a", namespace: "default") } == .notFound)
    #expect(await reason { try await resource.create(configMap("b"), lease: lease.id) } == .invalid)
  }
}
