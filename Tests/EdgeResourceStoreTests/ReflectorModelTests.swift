import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import EdgeResourceStore
import EdgeStore
import Synchronization
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

#if SQLite
import EdgeStoreSQLite
#endif

/// FF-17 at random: writers, compactions and a bad line, and at the end every event is compared with the store's log.
@Suite struct ReflectorModelTests {
  private static var seeds: [UInt64] {
    if let asked = getenv("EDGE_REFLECTOR_SEED").flatMap({ UInt64(String(cString: $0)) }) { return [asked] }
    return (0..<6).map { _ in SystemEntropy().next() }
  }

  @Test(
    "FF-17: over a bad line the view ends equal to the store, and events give each change once, in order",
    arguments: seeds)
  func memory(seed: UInt64) async throws { try await play(seed, on: MemoryStore(compaction: nil), steps: 400) }

  #if SQLite
  @Test("FF-17: the same over SQLite with its history on the disk", arguments: seeds.prefix(2))
  func sqlite(seed: UInt64) async throws {
    try await withTemporaryDirectory { directory in
      let configuration = SQLiteStoreConfiguration(
        compaction: nil, maximumValueMemoryBytes: 0, maximumHistoryMemoryBytes: 0)
      let store = try SQLiteStore.open(path: directory + "/state.db", configuration: configuration)
      try await play(seed, on: store, steps: 150)
      await store.close()
    }
  }
  #endif

  private func play(_ seed: UInt64, on store: any MVCCStore, steps: Int) async throws {
    let traffic = ResourceTraffic(store, SeededEntropy(seed: seed))
    for _ in 0..<10 { try await traffic.write() }
    let journal = Journal()
    let source = UnreliableSource(
      resourceStore(store).listWatch(progressInterval: .milliseconds(10)), .storm, entropy: SeededEntropy(seed: ~seed))
    var configuration = ReflectorConfiguration()
    configuration.backoff = .brief
    configuration.pageSize = 3
    let reflector = Reflector(
      source, configuration: configuration, entropy: SeededEntropy(seed: seed &+ 1), consumer: { journal.take($0) })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await reflector.run() }
      defer { group.cancelAll() }
      for _ in 0..<steps {
        try await traffic.step()
        if traffic.happens(8) { try await Task.sleep(for: .milliseconds(1)) }
        if traffic.happens(3) { source.cut() }
      }
      source.change(to: .calm)
      let end = ResourceVersion(try await store.status().revision)
      #expect(await eventually { reflector.status.version == end }, "seed \(seed): \(reflector.status)")
    }
    #expect(journal.problems.isEmpty, "seed \(seed)")
    let final = try await resourceStore(store).list()
    #expect(reflector.view.snapshot.objects().map(\.object) == final.items, "seed \(seed)")
    #expect(journal.known == reflector.view.snapshot.versions, "seed \(seed)")
    for (index, segment) in journal.segments.enumerated() {
      // Right after a list the consumer knows exactly the state that was listed.
      #expect(journal.statesAtLists[index] == traffic.state(at: segment.listed), "seed \(seed), list \(index)")
      let last = index == journal.segments.count - 1 ? Int64.max : segment.changes.last?.revision ?? segment.listed
      let expected = traffic.log.filter { $0.revision > segment.listed && $0.revision <= last }
      #expect(segment.changes == expected, "seed \(seed), after list \(index)")
    }
  }
}

extension ObjectSnapshot {
  fileprivate var versions: [ObjectKey: ResourceVersion] {
    Dictionary(objects().map { ($0.key, $0.version) }) { first, _ in first }
  }
}

/// Random changes of a resource, and the log of what they did.
private final class ResourceTraffic: Sendable {
  private let store: any MVCCStore
  private let resource: ResourceStore<UnstructuredObject>
  private let entropy: SeededEntropy
  private let entries = Mutex<[Journal.Entry]>([])

  var log: [Journal.Entry] { entries.withLock { $0 } }

  init(_ store: any MVCCStore, _ entropy: SeededEntropy) {
    self.store = store
    self.entropy = entropy
    resource = resourceStore(store)
  }

  func happens(_ percent: UInt64) -> Bool { entropy.next(below: 100) < percent }

  func step() async throws {
    if happens(4) {
      let status = try await store.status()
      if status.compactedRevision < status.revision { try await store.compact(upTo: status.revision) }
    } else if happens(15) {
      try await store.put("/registry/other/x", [UInt8(truncatingIfNeeded: entropy.next())])
    } else {
      try await write()
    }
  }

  /// One transaction of one to three objects, some of which may be deletions.
  func write() async throws {
    var keys: [ObjectKey] = []
    for _ in 0..<(happens(25) ? 3 : 1) {
      let chosen = key("m\(entropy.next(below: 12))", namespace: "n\(entropy.next(below: 2))")
      if !keys.contains(chosen) { keys.append(chosen) }
    }
    var operations: [Transaction.Operation] = []
    var deletions: Set<ObjectKey> = []
    for key in keys {
      let storeKey = StoreKey("/registry/configmaps/\(key.namespace ?? "")/\(key.name)")
      if happens(30) {
        if try await store.get(storeKey) == nil { continue }
        deletions.insert(key)
        operations.append(.delete(.key(storeKey)))
      } else {
        let object = configMap(key.name, namespace: key.namespace ?? "", ["n": "\(entropy.next())"])
        operations.append(.put(storeKey, object.serialized()))
      }
    }
    keys.removeAll { key in
      !deletions.contains(key)
        && !operations.contains { operation in
          if case .put(let put) = operation {
            return put.key == StoreKey("/registry/configmaps/\(key.namespace ?? "")/\(key.name)")
          }
          return false
        }
    }
    guard !operations.isEmpty else { return }
    let revision = try await store.commit(Transaction(success: operations)).revision.rawValue
    let written = keys.map { Journal.Entry(revision: revision, key: $0, isDeletion: deletions.contains($0)) }
    entries.withLock { $0 += written }
  }

  func state(at revision: Int64) -> [ObjectKey: Int64] {
    var state: [ObjectKey: Int64] = [:]
    for entry in log where entry.revision <= revision { state[entry.key] = entry.isDeletion ? nil : entry.revision }
    return state
  }
}
