import EdgeAPIModels
import EdgeJSON
import EdgeResourceStore
import EdgeStore
import Synchronization

/// A store before whose every commit somebody else changes the object "a".
final class RivalStore: MVCCStore {
  private let store: any MVCCStore
  private let count = Mutex(0)

  var commits: Int { count.withLock { $0 } }

  init(_ store: any MVCCStore) { self.store = store }

  func range(_ request: RangeRequest) async throws(StoreError) -> RangeResponse { try await store.range(request) }

  func commit(_ transaction: Transaction) async throws(StoreError) -> TransactionResponse {
    let number = count.withLock { count in
      count += 1
      return count
    }
    do throws(ResourceError) {
      try await resourceStore(store).update("a", namespace: "default") { $0["data", "rival"] = .string("\(number)") }
    } catch {
      throw StoreError(.misuse, "\(error)")
    }
    return try await store.commit(transaction)
  }

  func watch(_ request: WatchRequest) async throws(StoreError) -> StoreWatch { try await store.watch(request) }
  func compact(upTo revision: Revision) async throws(StoreError) { try await store.compact(upTo: revision) }
  func grantLease(_ id: LeaseID, timeToLive: Duration) async throws(StoreError) -> Lease {
    try await store.grantLease(id, timeToLive: timeToLive)
  }
  func revokeLease(_ id: LeaseID) async throws(StoreError) -> Revision { try await store.revokeLease(id) }
  func keepLeaseAlive(_ id: LeaseID) async throws(StoreError) -> Lease { try await store.keepLeaseAlive(id) }
  func leaseStatus(_ id: LeaseID) async throws(StoreError) -> LeaseStatus? { try await store.leaseStatus(id) }
  func leases() async throws(StoreError) -> [Lease] { try await store.leases() }
  func snapshot() async throws(StoreError) -> StoreSnapshot { try await store.snapshot() }
  func status() async throws(StoreError) -> StoreStatus { try await store.status() }
}
