import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import EdgeResourceStore
import EdgeStore
import EdgeTestKit
import Synchronization
import Testing

#if SQLite
import EdgeStoreSQLite
#endif

@Suite struct ReflectorTests {
  private var configuration: ReflectorConfiguration {
    var configuration = ReflectorConfiguration()
    configuration.backoff = .brief
    configuration.pageSize = 3
    return configuration
  }

  /// Runs a reflector while `body` runs.
  private func reflecting(
    _ source: any ListWatchSource<UnstructuredObject>, indexes: [ObjectIndex<UnstructuredObject>] = [],
    consumer: Reflector<UnstructuredObject>.Consumer? = nil,
    _ body: (Reflector<UnstructuredObject>) async throws -> Void
  ) async throws {
    let reflector = Reflector(
      source, view: ObjectView(indexes: indexes), configuration: configuration, consumer: consumer)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await reflector.run() }
      defer { group.cancelAll() }
      await reflector.view.synced()
      try await body(reflector)
    }
    #expect(reflector.status.phase == .idle)
  }

  private func names(_ view: ObjectView<UnstructuredObject>) -> [String] {
    view.snapshot.objects().map(\.key.name)
  }

  @Test("a view shows what is there and follows every change, in the order it happened")
  func following() async throws {
    let resource = resourceStore(MemoryStore())
    for index in 0..<8 { try await resource.create(configMap("m\(index)")) }
    let journal = Journal()
    try await reflecting(resource.listWatch(), consumer: journal.take) { reflector in
      #expect(names(reflector.view) == (0..<8).map { "m\($0)" })
      try await resource.update("m0", namespace: "default") { $0["data", "k"] = "v" }
      try await resource.delete("m1", namespace: "default")
      try await resource.create(configMap("m1"))
      #expect(await eventually { journal.changes.count == 3 })
      #expect(journal.changes.map(\.key.name) == ["m0", "m1", "m1"])
      #expect(journal.changes.map(\.revision) == [10, 11, 12])
      #expect(reflector.view.object(key("m0"))?["data", "k"] == "v")
      #expect(reflector.status.lists == 1 && reflector.status.changes == 3)
    }
    #expect(journal.problems.isEmpty)
  }

  @Test("a view of one namespace, and one with an index, find what belongs to them and nothing else")
  func selecting() async throws {
    let resource = resourceStore(MemoryStore())
    let byOwner = ObjectIndex<UnstructuredObject>("owner") { object in
      object["data", "owner"]?.stringValue.map { [$0] } ?? []
    }
    let other = ObjectIndex<UnstructuredObject>("other") { _ in ["x"] }
    for (name, namespace, owner) in [("a", "one", "x"), ("b", "one", "y"), ("c", "two", "x")] {
      try await resource.create(configMap(name, namespace: namespace, ["owner": owner]))
    }
    try await reflecting(resource.listWatch(), indexes: [byOwner]) { reflector in
      let view = reflector.view
      #expect(view.snapshot.objects(namespace: "one").map(\.key.name) == ["a", "b"])
      #expect(view.snapshot.objects(byOwner, "x").map(\.key.name) == ["a", "c"])
      let before = view.snapshot
      try await resource.update("a", namespace: "one") { $0["data", "owner"] = "y" }
      try await resource.delete("c", namespace: "two")
      #expect(await eventually { view.snapshot.objects(byOwner, "x").isEmpty })
      #expect(view.snapshot.objects(byOwner, "y").map(\.key.name) == ["a", "b"])
      #expect(view.snapshot.objects(other, "x").isEmpty)
      #expect(before.objects(byOwner, "x").count == 2, "a snapshot does not change")
    }
    try await reflecting(resource.listWatch(namespace: "one")) { reflector in
      try await resource.create(configMap("d", namespace: "two"))
      try await resource.create(configMap("e", namespace: "one"))
      #expect(await eventually { names(reflector.view) == ["a", "b", "e"] })
    }
  }

  @Test("FF-17: a watch that is cut after each event loses none and tells none twice")
  func cutting() async throws {
    let resource = resourceStore(MemoryStore())
    try await resource.create(configMap("a", ["n": "0"]))
    let journal = Journal()
    let source = UnreliableSource(resource.listWatch(), .init(cut: 100, repeated: 50))
    try await reflecting(source, consumer: journal.take) { reflector in
      for index in 1...40 {
        try await resource.update("a", namespace: "default") { $0["data", "n"] = .string("\(index)") }
      }
      #expect(await eventually { journal.changes.count == 40 })
      #expect(journal.changes.map(\.revision) == Array(3...42))
      #expect(reflector.status.lists == 1)
      #expect(reflector.status.repeats > 0)
      #expect(await eventually { reflector.status.watches >= 41 })
    }
    #expect(journal.problems.isEmpty)
  }

  @Test("FF-17: what was compacted while the line was down is told as the difference to what was known")
  func compaction() async throws {
    let store = MemoryStore()
    let resource = resourceStore(store)
    for name in ["stays", "changes", "goes", "returns"] { try await resource.create(configMap(name)) }
    let journal = Journal()
    let difference = Mutex<ResourceDifference<UnstructuredObject>?>(nil)
    let source = UnreliableSource(resource.listWatch(), .calm)
    let consumer: Reflector<UnstructuredObject>.Consumer = { event in
      journal.take(event)
      if case .synced(let seen) = event { difference.withLock { $0 = seen } }
    }
    try await reflecting(source, consumer: consumer) { reflector in
      source.replace(by: nil)
      try await resource.update("changes", namespace: "default") { $0["data", "n"] = "1" }
      try await resource.update("changes", namespace: "default") { $0["data", "n"] = "2" }
      try await resource.delete("goes", namespace: "default")
      try await resource.delete("returns", namespace: "default")
      try await resource.create(configMap("returns"))
      try await resource.create(configMap("new"))
      try await store.compact(upTo: try await store.status().revision)
      source.replace(by: resource.listWatch())
      #expect(await eventually { reflector.status.lists == 2 })
      #expect(reflector.status.expirations == 1)
      let seen = try #require(difference.withLock { $0 })
      #expect(!seen.isFirst)
      #expect(seen.added.map(\.key.name) == ["new"])
      #expect(seen.modified.map(\.new.key.name) == ["changes", "returns"])
      #expect(seen.deleted.map(\.key.name) == ["goes"])
      #expect(seen.modified.first?.new.object["data", "n"] == "2")
      try await resource.delete("new", namespace: "default")
      #expect(await eventually { names(reflector.view) == ["changes", "returns", "stays"] })
    }
    #expect(journal.problems.isEmpty)
  }

  #if SQLite
  @Test("FF-17: a store that is closed and opened again is followed on without a list, and nothing is missed")
  func restart() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      var store = try SQLiteStore.open(path: path)
      try await resourceStore(store).create(configMap("a", ["n": "0"]))
      let journal = Journal()
      let source = UnreliableSource(resourceStore(store).listWatch(), .calm)
      try await reflecting(source, consumer: journal.take) { reflector in
        for round in 1...4 {
          try await resourceStore(store).update("a", namespace: "default") { $0["data", "n"] = .string("\(round)") }
          await store.close()
          store = try SQLiteStore.open(path: path)
          try await resourceStore(store).update("a", namespace: "default") { $0["data", "m"] = .string("\(round)") }
          source.replace(by: resourceStore(store).listWatch())
        }
        #expect(await eventually { journal.changes.count == 8 })
        #expect(journal.changes.map(\.revision) == Array(3...10))
        #expect(reflector.status.lists == 1)
      }
      #expect(journal.problems.isEmpty)
      await store.close()
    }
  }
  #endif

  @Test("FF-17: a store that was set back is noticed: it is listed anew, and what it lost is told as deleted")
  func setBack() async throws {
    let first = resourceStore(MemoryStore())
    for name in ["a", "b", "c"] { try await first.create(configMap(name)) }
    let second = resourceStore(MemoryStore())
    try await second.create(configMap("b"))
    let journal = Journal()
    let source = UnreliableSource(first.listWatch(), .calm)
    try await reflecting(source, consumer: journal.take) { reflector in
      source.replace(by: second.listWatch())
      #expect(await eventually { names(reflector.view) == ["b"] })
      #expect(reflector.status.version?.rawValue == "2")
      try await second.create(configMap("d"))
      #expect(await eventually { names(reflector.view) == ["b", "d"] })
    }
  }

  @Test("FF-17: a quiet resource does not expire: notes of progress keep its position young")
  func quiet() async throws {
    let store = MemoryStore()
    let resource = resourceStore(store)
    try await resource.create(configMap("a"))
    let source = UnreliableSource(resource.listWatch(progressInterval: .milliseconds(10)), .calm)
    try await reflecting(source) { reflector in
      for index in 0..<200 { try await store.put(StoreKey("/registry/other/\(index)"), [1]) }
      let now = try await store.status().revision
      #expect(await eventually { reflector.status.version == ResourceVersion(now) })
      try await store.compact(upTo: now)
      source.cut()
      try await resource.create(configMap("b"))
      #expect(await eventually { names(reflector.view) == ["a", "b"] })
      #expect(reflector.status.lists == 1 && reflector.status.expirations == 0)
    }
  }

  @Test("FF-17: a watch from which nothing comes, not even a note of progress, is given up and resumed")
  func silence() async throws {
    let resource = resourceStore(MemoryStore())
    let clock = ManualClock()
    let source = UnreliableSource(SilentSource(resource.listWatch()), .calm)
    let reflector = Reflector(source, configuration: configuration, clock: clock)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await reflector.run() }
      await reflector.view.synced()
      #expect(
        await eventually {
          clock.advance(by: .seconds(30))
          return reflector.status.silences >= 2
        })
      #expect(reflector.status.lists == 1)
      group.cancelAll()
    }
  }

  @Test("a list whose pages expire is started anew, and asked for in one page when that happens again")
  func expiringPages() async throws {
    let resource = resourceStore(MemoryStore())
    for index in 0..<10 { try await resource.create(configMap("m\(index)")) }
    let source = ForgetfulSource(resource.listWatch())
    try await reflecting(source) { reflector in
      #expect(reflector.view.snapshot.count == 10)
      #expect(source.limits == [3, 3, 3, 3, nil])
      #expect(reflector.status.expirations == 2)
    }
  }

  @Test("a consumer that takes its time delays nobody and misses nothing, while writers fill more than any queue holds")
  func slowConsumer() async throws {
    let store = MemoryStore(compaction: nil)
    let resource = resourceStore(store)
    try await resource.create(configMap("a"))
    let journal = Journal()
    let (gate, opener) = AsyncStream<Void>.makeStream()
    let consumer: Reflector<UnstructuredObject>.Consumer = { event in
      if case .modified = event { for await _ in gate {} }
      journal.take(event)
    }
    try await reflecting(resource.listWatch(), consumer: consumer) { _ in
      for index in 0..<3000 {
        try await store.put(
          "/registry/configmaps/default/a",
          Array(
            #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"default"},"n":\#(index)}"#.utf8)
        )
      }
      opener.finish()
      #expect(await eventually { journal.changes.count == 3000 })
      #expect(journal.changes.map(\.revision) == Array(3...3002))
    }
    #expect(journal.problems.isEmpty)
  }

  @Test("what cannot be read is told as such; the object stays as it was known, until it can be read again or is gone")
  func unreadable() async throws {
    let store = MemoryStore()
    let resource = resourceStore(store)
    try await resource.create(configMap("a"))
    try await store.put("/registry/configmaps/default/b", Array("{".utf8))
    let told = Mutex<[String]>([])
    let source = UnreliableSource(resource.listWatch(), .calm)
    let consumer: Reflector<UnstructuredObject>.Consumer = { event in
      let text: String =
        switch event {
        case .added(let item): "added \(item.key.name)"
        case .modified(let item, _): "modified \(item.key.name)"
        case .deleted(let item, _): "deleted \(item.key.name)"
        case .unreadable(let object, let old): "unreadable \(object.key.name), known \(old != nil)"
        case .synced(let difference):
          "synced +\(difference.added.count) -\(difference.deleted.count) ?\(difference.unreadable.count)"
        }
      told.withLock { $0.append(text) }
    }
    try await reflecting(source, consumer: consumer) { reflector in
      let view = reflector.view
      try await store.put("/registry/configmaps/default/a", [0xFF])
      try await store.put("/registry/configmaps/default/c", [0xFF])
      #expect(await eventually { view.snapshot.unreadable.count == 3 })
      #expect(names(view) == ["a"])
      // A list does not take it for deleted either.
      source.replace(by: nil)
      for _ in 0..<2 { try await store.put("/other", []) }
      try await store.compact(upTo: try await store.status().revision)
      source.replace(by: resource.listWatch())
      #expect(await eventually { reflector.status.lists == 2 })
      #expect(names(view) == ["a"])
      try await resource.deleteUnreadable("a", namespace: "default")
      try await resource.deleteUnreadable("c", namespace: "default")
      try await store.put("/registry/configmaps/default/b", configMap("b").serialized())
      #expect(await eventually { names(view) == ["b"] && view.snapshot.unreadable.isEmpty })
    }
    #expect(
      told.withLock { $0 } == [
        "synced +1 -0 ?1", "unreadable a, known true", "unreadable c, known false", "synced +0 -0 ?3", "deleted a",
        "added b",
      ])
  }

  @Test("who waits for the first list is released by it, or by being cancelled")
  func waiting() async throws {
    let view = ObjectView<UnstructuredObject>()
    let waiting = Task { await view.synced() }
    waiting.cancel()
    await waiting.value
    #expect(!view.isSynced)
  }
}

/// Lists, and then says nothing any more.
private struct SilentSource: ListWatchSource {
  let source: any ListWatchSource<UnstructuredObject>

  init(_ source: any ListWatchSource<UnstructuredObject>) { self.source = source }

  func list(limit: Int?, continuing token: String?) async throws(ResourceError) -> ResourcePage<UnstructuredObject> {
    try await source.list(limit: limit, continuing: token)
  }

  func watch(
    after version: ResourceVersion, _ deliver: @escaping @Sendable (ResourceBatch<UnstructuredObject>) async -> Void
  ) async throws(ResourceError) {
    let (never, _) = AsyncStream<Void>.makeStream()
    for await _ in never {}
  }
}

/// Has forgotten the state of a list before its second page.
private final class ForgetfulSource: ListWatchSource {
  private let source: any ListWatchSource<UnstructuredObject>
  private let asked = Mutex<[Int?]>([])

  var limits: [Int?] { asked.withLock { $0 } }

  init(_ source: any ListWatchSource<UnstructuredObject>) { self.source = source }

  func list(limit: Int?, continuing token: String?) async throws(ResourceError) -> ResourcePage<UnstructuredObject> {
    asked.withLock { $0.append(limit) }
    if token != nil { throw ResourceError(.expired, "forgotten") }
    return try await source.list(limit: limit, continuing: token)
  }

  func watch(
    after version: ResourceVersion, _ deliver: @escaping @Sendable (ResourceBatch<UnstructuredObject>) async -> Void
  ) async throws(ResourceError) { try await source.watch(after: version, deliver) }
}
