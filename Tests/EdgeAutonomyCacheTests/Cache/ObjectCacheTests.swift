import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeStore
import Testing

@Suite("object cache")
struct ObjectCacheTests {
  private func cache(_ store: any MVCCStore = MemoryStore()) async throws -> ObjectCache {
    try await ObjectCache.open(store: store, entropy: SeededEntropy(seed: 1))
  }

  // MARK: Changes

  @Test("a change is stored once; the same content again writes nothing")
  func unchanged() async throws {
    let store = MemoryStore()
    let cache = try await cache(store)
    let object = Sample.configMap("a", version: 5)
    #expect(try await cache.upsert(object) == .stored)
    let revision = try await store.status().revision
    #expect(try await cache.upsert(object) == .unchanged)
    #expect(try await store.status().revision == revision)
    #expect(cache.object(Sample.key(.configMaps, "a")) == object)
    #expect(cache.count == 1 && cache.newestVersion == 5)
  }

  @Test("an older version of the same object is stale, a newer one is stored, whatever their order as text")
  func stale() async throws {
    let cache = try await cache()
    _ = try await cache.upsert(Sample.configMap("a", value: "9", version: 9))
    #expect(try await cache.upsert(Sample.configMap("a", value: "10", version: 10)) == .stored)
    #expect(try await cache.upsert(Sample.configMap("a", value: "9", version: 9)) == .stale)
    #expect(cache.object(Sample.key(.configMaps, "a"))?["data", "a"] == "10")
  }

  @Test("versions that are no numbers are not compared: the sender's word is taken")
  func opaqueVersions() async throws {
    let cache = try await cache()
    var object = Sample.configMap("a", value: "1", version: 9)
    _ = try await cache.upsert(object)
    object.metadata.resourceVersion = "abc"
    #expect(try await cache.upsert(object) == .stored)
    object.metadata.resourceVersion = nil
    #expect(try await cache.upsert(object) == .stored)
    #expect(cache.newestVersion == 0)
  }

  @Test("an object with a new uid is another object: its lower version is no reason to drop it")
  func successor() async throws {
    let cache = try await cache()
    _ = try await cache.upsert(Sample.configMap("a", value: "old", version: 9, uid: "u1"))
    #expect(try await cache.upsert(Sample.configMap("a", value: "new", version: 3, uid: "u2")) == .stored)
  }

  @Test("a hub that compares inventories is believed, also when it went back in time; another is held to its versions")
  func cloudRestoredFromBackup() async throws {
    let cache = try await cache()
    _ = try await cache.upsert(Sample.configMap("a", value: "new", version: 100))
    #expect(cache.sessionBegan(cloudRevision: 60))
    #expect(try await cache.upsert(Sample.configMap("a", value: "old", version: 40)) == .stored)
    #expect(!cache.sessionBegan(cloudRevision: 60))
    #expect(try await cache.upsert(Sample.configMap("a", value: "older", version: 30)) == .stored)
    #expect(!cache.sessionBegan(cloudRevision: nil))
    #expect(try await cache.upsert(Sample.configMap("a", value: "oldest", version: 20)) == .stale)
  }

  @Test("a deletion removes the object, and says unchanged when there is none")
  func deletion() async throws {
    let cache = try await cache()
    let key = Sample.key(.configMaps, "a")
    _ = try await cache.upsert(Sample.configMap("a"))
    #expect(try await cache.apply(.delete(key, uid: nil)) == .stored)
    #expect(cache.object(key) == nil && cache.count == 0)
    #expect(try await cache.apply(.delete(key, uid: nil)) == .unchanged)
  }

  @Test("a deletion that names another uid spares the successor; an empty uid means whatever bears the name")
  func guardedDeletion() async throws {
    let cache = try await cache()
    let key = Sample.key(.configMaps, "a")
    _ = try await cache.upsert(Sample.configMap("a", uid: "u2"))
    #expect(try await cache.apply(.delete(key, uid: "u1")) == .stale)
    #expect(cache.object(key) != nil)
    #expect(try await cache.apply(.delete(key, uid: "u2")) == .stored)
    _ = try await cache.upsert(Sample.configMap("a", uid: "u3"))
    #expect(try await cache.apply(.delete(key, uid: "")) == .stored)
  }

  @Test("what is no object of the catalogue is refused by name and leaves nothing behind")
  func refusals() async throws {
    let store = MemoryStore()
    let cache = try await cache(store)
    let keys = try await store.status().keyCount
    for json in [
      #"{"apiVersion":"v1","kind":"Banana","metadata":{"name":"a"}}"#,
      #"{"apiVersion":"v9","kind":"Pod","metadata":{"name":"a"}}"#, #"{"apiVersion":"v1","kind":"Pod"}"#,
      #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":7}}"#,
    ] {
      let object = try Sample.object(json)
      await #expect {
        try await cache.upsert(object)
      } throws: {
        let error = $0 as? CacheError
        return error?.code == .invalidObject && error?.isRetryable == false
      }
    }
    #expect(cache.count == 0)
    #expect(try await store.status().keyCount == keys)
  }

  @Test("a change that the store did not take is not kept, and nobody is told of it")
  func storeFailure() async throws {
    let store = MemoryStore()
    let cache = try await cache(store)
    let kept = Sample.configMap("kept")
    _ = try await cache.upsert(kept)
    let subscription = cache.subscribe()
    await store.close()
    await #expect {
      try await cache.upsert(Sample.configMap("kept", value: "2"))
    } throws: {
      let error = $0 as? CacheError
      return error?.code == .store && error?.cause?.code == .closed
    }
    await #expect(throws: CacheError.self) {
      try await cache.apply(.delete(Sample.key(.configMaps, "kept"), uid: nil))
    }
    #expect(cache.object(Sample.key(.configMaps, "kept")) == kept)
    #expect(subscription.changes.count == 0)
  }

  @Test("an object larger than the store takes is an error that says so, and the cache goes on")
  func tooLarge() async throws {
    let cache = try await cache()
    let huge = Sample.configMap("huge", value: String(repeating: "x", count: StoreLimits.maximumRequestBytes))
    await #expect {
      try await cache.upsert(huge)
    } throws: {
      ($0 as? CacheError)?.cause?.code == .requestTooLarge
    }
    #expect(try await cache.upsert(Sample.configMap("small")) == .stored)
  }

  // MARK: Local facts

  @Test("an amended status is served, but neither stored, nor told as the cloud's word, nor part of the inventory")
  func amendedStatus() async throws {
    let store = MemoryStore()
    let cache = try await cache(store)
    let key = Sample.key(.pods, "web")
    let pod = Sample.pod("web")
    _ = try await cache.upsert(pod)
    let inventory = cache.inventory()
    cache.amendStatus(of: key, with: ["phase": "Running"])
    #expect(cache.servedObject(key)?["status", "phase"] == "Running")
    #expect(cache.servedObjects(of: .pods).map { $0["status", "phase"] } == ["Running"])
    #expect(cache.object(key) == pod)
    #expect(cache.objects(of: .pods) == [pod])
    #expect(cache.inventory() == inventory)
    #expect(try await ObjectCache.open(store: store).servedObject(key) == pod)
  }

  @Test("the amended status of a kind whose status the digest covers stays out of the inventory too")
  func amendedStatusOfNode() async throws {
    let cache = try await cache()
    let node = try Sample.object(#"{"apiVersion":"v1","kind":"Node","metadata":{"name":"n"},"status":{"a":1}}"#)
    _ = try await cache.upsert(node)
    let inventory = cache.inventory()
    cache.amendStatus(of: Sample.key(.nodes, "n", namespace: nil), with: ["a": 2])
    #expect(cache.inventory() == inventory)
  }

  @Test("an amended status outlives updates of its object but not the object, and passes on to no successor")
  func amendedStatusLife() async throws {
    let cache = try await cache()
    let key = Sample.key(.pods, "web")
    cache.amendStatus(of: key, with: ["phase": "Running"])
    _ = try await cache.upsert(Sample.pod("web"))
    #expect(cache.servedObject(key)?["status", "phase"] == "Pending", "there was no object to amend")

    cache.amendStatus(of: key, with: ["phase": "Running"])
    _ = try await cache.upsert(Sample.pod("web", phase: "Pending", version: 2))
    #expect(cache.servedObject(key)?["status", "phase"] == "Running")
    _ = try await cache.apply(.delete(key, uid: nil))
    _ = try await cache.upsert(Sample.pod("web", version: 3))
    #expect(cache.servedObject(key)?["status", "phase"] == "Pending")

    cache.amendStatus(of: key, with: ["phase": "Running"])
    _ = try await cache.upsert(Sample.pod("web", version: 4, uid: "u2"))
    #expect(cache.servedObject(key)?["status", "phase"] == "Pending", "replaced without a deletion in between")
  }

  // MARK: Views

  @Test("views by namespace and selectors come from one copy, so no client's view disturbs another's (FF-12)")
  func views() async throws {
    let cache = try await cache()
    for (name, namespace, app) in [("b", "default", "web"), ("a", "default", "db"), ("c", "other", "web")] {
      _ = try await cache.upsert(Sample.configMap(name, namespace: namespace, labels: ["app": app]))
    }
    func names(_ objects: [UnstructuredObject]) -> [String?] { objects.map(\.metadata.name) }
    let web = try LabelSelector(matching: ["app": "web"])
    let named = try FieldSelector(parsing: "metadata.name=a")
    for _ in 0..<2 {
      #expect(names(cache.servedObjects(of: .configMaps)) == ["a", "b", "c"])
      #expect(names(cache.servedObjects(of: .configMaps, namespace: "default", labels: web)) == ["b"])
      #expect(names(cache.servedObjects(of: .configMaps, labels: web)) == ["b", "c"])
      #expect(names(cache.servedObjects(of: .configMaps, fields: named)) == ["a"])
      #expect(names(cache.servedObjects(of: .configMaps, labels: .nothing)) == [])
      #expect(names(cache.objects(of: .configMaps) { $0.metadata.namespace == "other" }) == ["c"])
      #expect(cache.servedObjects(of: .pods).isEmpty)
    }
  }

  @Test("a field selector sees the status that is served")
  func selectorsSeeAmendedStatus() async throws {
    let cache = try await cache()
    _ = try await cache.upsert(Sample.pod("web"))
    cache.amendStatus(of: Sample.key(.pods, "web"), with: ["phase": "Running"])
    let running = try FieldSelector(parsing: "status.phase=Running")
    #expect(cache.servedObjects(of: .pods, fields: running).count == 1)
  }

  // MARK: Watching

  @Test("a subscription tells each changed key once until it is taken, and is bounded by the number of objects")
  func subscriptions() async throws {
    let cache = try await cache()
    _ = try await cache.upsert(Sample.configMap("before", version: 1))
    let all = cache.subscribe()
    let pods = cache.subscribe(to: [.pods])
    for version in 2...50 {
      _ = try await cache.upsert(Sample.configMap("a", value: "\(version)", version: UInt64(version)))
      _ = try await cache.upsert(Sample.configMap("b", value: "\(version)", version: UInt64(version)))
    }
    _ = try await cache.upsert(Sample.configMap("b", value: "50", version: 50))
    _ = try await cache.upsert(Sample.pod("web"))
    #expect(all.changes.count == 3 && pods.changes.count == 1)
    #expect(
      await all.changes.next()
        == [Sample.key(.configMaps, "a"), Sample.key(.configMaps, "b"), Sample.key(.pods, "web")])
    #expect(await pods.changes.next() == [Sample.key(.pods, "web")])
    _ = try await cache.apply(.delete(Sample.key(.pods, "web"), uid: nil))
    cache.amendStatus(of: Sample.key(.pods, "web"), with: ["phase": "Running"])
    #expect(pods.changes.count == 1)
  }

  @Test("an amended status is told once, and not again while it stays the same")
  func amendmentsAreTold() async throws {
    let cache = try await cache()
    _ = try await cache.upsert(Sample.pod("web"))
    let subscription = cache.subscribe(to: [.pods])
    cache.amendStatus(of: Sample.key(.pods, "web"), with: ["phase": "Running"])
    #expect(await subscription.changes.next() == [Sample.key(.pods, "web")])
    cache.amendStatus(of: Sample.key(.pods, "web"), with: ["phase": "Running"])
    #expect(subscription.changes.count == 0)
  }

  @Test("an ended subscription gets nil and no more changes, others go on")
  func unsubscribe() async throws {
    let cache = try await cache()
    let (one, other) = (cache.subscribe(), cache.subscribe())
    cache.unsubscribe(one)
    _ = try await cache.upsert(Sample.pod("web"))
    #expect(await one.changes.next() == nil)
    #expect(other.changes.count == 1)
  }
}
