#if Networking
import EdgeStore
import EdgeStoreEtcd
import EdgeTestKit
import Testing

@Suite struct EtcdConformanceTests {
  /// A real etcd gives up what is needed for it at a compaction; `EtcdStore` tells `compacted` instead of hiding it.
  static let deviations: Set<String> = [
    "a watch may start at the compacted revision, and misses no previous value there"
  ]

  /// Time is real here: the cases that wait for it wait together, and beside the others.
  @Test("a real etcd keeps the contract", .enabled(if: PeerProgram.isWanted("etcd")))
  func conforms() async throws {
    let cases = StoreConformance.cases.filter { !Self.deviations.contains($0.name) }
    // The timed ones first, so that none of them is left for the end.
    var waiting = Array(cases.sorted { $0.isTimed && !$1.isTimed }.reversed())
    await withTaskGroup(of: (String, (any Error)?).self) { group in
      func startNext() {
        guard let next = waiting.popLast() else { return }
        group.addTask {
          do {
            try await EtcdProcess.with { etcd in
              try await EtcdStore.with([etcd.endpoint]) { store in try await next.run { store } }
            }
            return (next.name, nil)
          } catch {
            return (next.name, error)
          }
        }
      }
      for _ in 0..<6 { startNext() }
      for await (name, error) in group {
        if let error { Issue.record("\(name): \(error)") }
        startNext()
      }
    }
  }
}
#endif
