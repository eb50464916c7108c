import EdgePrimitives
import EdgeStore
import Synchronization

/// A store whose transactions take their time, and whose process may die: of each transaction under way the dice then decide
/// whether it is on the disk. What the process believed to have is worth nothing; the next life opens the same base.
public final class CrashingStore: MVCCStore {
  private struct State {
    var isDead = false
    var underWay: [UInt64: Transaction] = [:]
    var last: UInt64 = 0
  }

  private let base: any MVCCStore
  private let entropy: any EntropySource
  private let latency: ClosedRange<Duration>
  private let clock: any Clock<Duration>
  private let state = Mutex(State())

  public init(
    _ base: any MVCCStore, latency: ClosedRange<Duration>, entropy: any EntropySource, clock: any Clock<Duration>
  ) {
    self.base = base
    self.latency = latency
    self.entropy = entropy
    self.clock = clock
  }

  /// The process dies.
  public func crash() async {
    let underWay = state.withLock { state in
      state.isDead = true
      defer { state.underWay = [:] }
      return state.underWay.sorted { $0.key < $1.key }
    }
    for (_, transaction) in underWay where entropy.next(below: 2) == 0 { _ = try? await base.commit(transaction) }
  }

  private static let dead = StoreError(.closed, "the process has died")

  private func check() throws(StoreError) {
    if state.withLock({ $0.isDead }) { throw Self.dead }
  }

  public func commit(_ transaction: Transaction) async throws(StoreError) -> TransactionResponse {
    let number = state.withLock { state -> UInt64 in
      state.last += 1
      if !state.isDead { state.underWay[state.last] = transaction }
      return state.last
    }
    let time = latency.lowerBound + (latency.upperBound - latency.lowerBound) * entropy.unitInterval()
    // A write cannot be called back: cancellation only makes it quick.
    try? await clock.sleep(for: time)
    guard state.withLock({ $0.underWay.removeValue(forKey: number) != nil }) else { throw Self.dead }
    return try await base.commit(transaction)
  }

  public func range(_ request: RangeRequest) async throws(StoreError) -> RangeResponse {
    try check()
    return try await base.range(request)
  }

  public func watch(_ request: WatchRequest) async throws(StoreError) -> StoreWatch {
    try check()
    return try await base.watch(request)
  }

  public func compact(upTo revision: Revision) async throws(StoreError) { try await base.compact(upTo: revision) }
  public func grantLease(_ id: LeaseID, timeToLive: Duration) async throws(StoreError) -> Lease {
    try await base.grantLease(id, timeToLive: timeToLive)
  }
  public func revokeLease(_ id: LeaseID) async throws(StoreError) -> Revision { try await base.revokeLease(id) }
  public func keepLeaseAlive(_ id: LeaseID) async throws(StoreError) -> Lease { try await base.keepLeaseAlive(id) }
  public func leaseStatus(_ id: LeaseID) async throws(StoreError) -> LeaseStatus? { try await base.leaseStatus(id) }
  public func leases() async throws(StoreError) -> [Lease] { try await base.leases() }
  public func status() async throws(StoreError) -> StoreStatus { try await base.status() }
  public func snapshot() async throws(StoreError) -> StoreSnapshot { try await base.snapshot() }
}
