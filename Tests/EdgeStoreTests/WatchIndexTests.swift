import EdgeStore
import Testing

@testable import EdgeStore

@Suite struct WatchIndexTests {
  @Test("the index finds exactly the ranges that contain a key, while ranges come and go")
  func model() {
    let traffic = RandomTraffic()
    var index = WatchIndex()
    var model: [Int: KeyRange] = [:]
    for id in 0..<3000 {
      if traffic.number(below: 3) == 0, let (gone, keys) = model.randomElement() {
        index.remove(keys, id: gone)
        model[gone] = nil
      } else {
        let keys = traffic.keys()
        index.insert(keys, id: id)
        model[id] = keys
      }
      guard id % 7 == 0 else { continue }
      let key = traffic.key()
      var found: [Int] = []
      index.forEach(containing: key) { found.append($0) }
      let expected = model.filter { $0.value.contains(key) }.map(\.key)
      #expect(found.sorted() == expected.sorted(), "seed \(traffic.seed), \(key)")
    }
    for (id, keys) in model { index.remove(keys, id: id) }
    index.forEach(containing: "a1") { Issue.record("range \($0) is still there, seed \(traffic.seed)") }
  }

  @Test("watches with equal wishes share their batches, and each gets what its own start and kinds allow")
  func sharing() async throws {
    let store = MemoryStore(compaction: nil)
    try await store.put("a", [1])  // 2
    let all = try await store.watch(WatchRequest(.all))
    let later = try await store.watch(WatchRequest(.all, startRevision: Revision(rawValue: 5)))
    let puts = try await store.watch(WatchRequest(.all, excluding: [.delete]))
    let other = try await store.watch(WatchRequest(.prefix("b"), previousValues: true))
    try await store.put("a", [2])  // 3
    try await store.delete("a")  // 4
    try await store.put("b", [1])  // 5
    _ = try await store.commit(Transaction(success: [.put("b", [2]), .put("c", [1])]))  // 6
    func revisions(_ watch: StoreWatch, _ count: Int) async throws -> [Int64] {
      try await watch.prefix(count).reduce(into: []) { $0.append($1.revision.rawValue) }
    }
    #expect(try await revisions(all, 4) == [3, 4, 5, 6])
    #expect(try await revisions(later, 2) == [5, 6])
    #expect(try await revisions(puts, 3) == [3, 5, 6])
    var previous: [[UInt8]?] = []
    for try await batch in other.prefix(2) { previous += batch.events.map(\.previous?.value) }
    #expect(previous == [nil, [1]])
  }
}
