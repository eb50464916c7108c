#if SQLite
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeStore
import EdgeStoreSQLite
import Testing

@Suite("object cache over a store that is opened again")
struct ObjectCacheStoreTests {
  @Test("what apply has returned for is there after opening again, under the same epoch (FF-05)")
  func durable() async throws {
    try await withDatabasePath { path in
      let store = try SQLiteStore.open(path: path)
      let cache = try await ObjectCache.open(store: store)
      for index in 0..<50 { _ = try await cache.upsert(Sample.configMap("m\(index)", version: UInt64(index + 1))) }
      _ = try await cache.apply(.delete(Sample.key(.configMaps, "m0"), uid: nil))
      _ = try await cache.upsert(Sample.configMap("m1", value: "2", version: 99))
      let before = cache.inventory()
      // Never closed in good order: the file is opened by another store after this one let go.
      await store.close()
      let again = try await ObjectCache.open(store: try SQLiteStore.open(path: path))
      #expect(again.inventory() == before)
      #expect(again.count == 49 && again.newestVersion == 99)
      #expect(again.object(Sample.key(.configMaps, "m1"))?["data", "a"] == "2")
      #expect(try await again.upsert(Sample.configMap("m1", value: "1", version: 98)) == .stale)
    }
  }

  @Test("a new store is a new epoch, so the cloud can tell that everything was lost")
  func epochs() async throws {
    let first = try await ObjectCache.open(store: MemoryStore())
    let second = try await ObjectCache.open(store: MemoryStore())
    #expect(first.inventory().epoch != second.inventory().epoch)
    #expect(!first.inventory().epoch.isEmpty)
  }

  @Test("a stored entry that cannot be read is left out, and the object is taken anew when the cloud sends it")
  func unreadableEntry() async throws {
    let store = MemoryStore()
    let first = try await ObjectCache.open(store: store)
    for name in ["a", "b", "c"] { _ = try await first.upsert(Sample.configMap(name, version: 9)) }
    try await store.put(StoreKey("/objects/configmaps/default/a"), Array(#"{"apiVersion":"v1","#.utf8))
    try await store.put(StoreKey("/objects/configmaps/default/b"), Array(#"{"apiVersion":"v1","kind":"Gone"}"#.utf8))
    let cache = try await ObjectCache.open(store: store)
    #expect(cache.objects(of: .configMaps).map(\.metadata.name) == ["c"])
    #expect(cache.inventory().entries.keys.map(\.name) == ["c"])
    #expect(cache.inventory().epoch == first.inventory().epoch)
    #expect(try await cache.upsert(Sample.configMap("a", version: 9)) == .stored)
    #expect(try await ObjectCache.open(store: store).count == 2)
  }

  @Test("a store that cannot be read is an error of the store, not an empty cache")
  func closedStore() async throws {
    let store = MemoryStore()
    await store.close()
    await #expect {
      try await ObjectCache.open(store: store)
    } throws: {
      ($0 as? CacheError)?.code == .store
    }
  }

  @Test("random changes leave memory, disk and a plain model in agreement")
  func modelled() async throws {
    let seed = SystemEntropy().next()
    let entropy = SeededEntropy(seed: seed)
    try await withDatabasePath { path in
      var model: [ObjectKey: UnstructuredObject] = [:]
      var store = try SQLiteStore.open(path: path)
      var cache = try await ObjectCache.open(store: store)
      for step in 1...300 {
        let name = "m\(entropy.next(below: 8))"
        let key = Sample.key(.configMaps, name)
        switch entropy.next(below: 20) {
        case 0:
          await store.close()
          store = try SQLiteStore.open(path: path)
          cache = try await ObjectCache.open(store: store)
        case 1...4:
          let uid = entropy.next(below: 2) == 0 ? nil : "u\(entropy.next(below: 2))"
          let spares = uid.map { $0 != model[key]?.metadata.uid } ?? false
          if try await cache.apply(.delete(key, uid: uid)) == .stored { model[key] = nil }
          #expect(spares || model[key] == nil, "seed \(seed), step \(step)")
        default:
          let version = entropy.next(below: 4) == 0 ? UInt64(step / 2) : UInt64(step)
          let object = Sample.configMap(
            name, value: "\(step)", version: version, uid: "u\(entropy.next(below: 2))")
          let isOlder = model[key].map { current in
            current.metadata.uid == object.metadata.uid
              && version < current.metadata.resourceVersion.flatMap { UInt64($0) } ?? 0
          }
          #expect(
            try await cache.upsert(object) == (isOlder == true ? .stale : .stored), "seed \(seed), step \(step)")
          if isOlder != true { model[key] = object }
        }
        #expect(cache.objects(of: .configMaps) == model.sorted { $0.key < $1.key }.map(\.value), "seed \(seed)")
      }
      await store.close()
    }
  }
}
#endif
