/// A multi-version key-value store with etcd's data model.
///
/// One ordered space of byte keys, one revision for the whole store, compare-then-else transactions, watches that resume
/// from any uncompacted revision, leases, and compaction. What every backend promises is written in `docs/guarantees.md` and held
/// by `StoreConformance` in EdgeTestKit. Source: etcd's API (`rpc.proto`) and mvcc package.
public protocol MVCCStore: Sendable {
  /// Reads keys in byte order. Linearizable: it sees every transaction that was acknowledged before the call.
  ///
  /// - Throws: ``StoreError`` with `compacted` or `futureRevision` for a revision out of reach, `keyNotProvided`, `closed`.
  func range(_ request: RangeRequest) async throws(StoreError) -> RangeResponse

  /// Evaluates the compares, then performs the success or the failure branch, all in one step.
  ///
  /// A transaction that changes something raises the revision by exactly one; any other leaves it alone. When the call
  /// returns, the change is as durable as the backend can make it. A call whose task is cancelled still waits for its
  /// outcome, because a write cannot be called back.
  ///
  /// - Throws: ``StoreError``; nothing was applied unless ``StoreError/mayHaveBeenApplied`` says otherwise.
  func commit(_ transaction: Transaction) async throws(StoreError) -> TransactionResponse

  /// Starts a watch. What happened from ``WatchRequest/startRevision`` on is delivered in order, without gap or repeat.
  func watch(_ request: WatchRequest) async throws(StoreError) -> StoreWatch

  /// Makes revisions below `revision` unreadable and lets the store forget what only they could see.
  ///
  /// - Throws: ``StoreError`` with `compacted` when that was done before, `futureRevision` when it lies ahead.
  func compact(upTo revision: Revision) async throws(StoreError)

  /// Makes a lease that ends by itself after `timeToLive` unless it is kept alive (``Lease`` says which times are taken).
  ///
  /// - Parameter id: ``LeaseID/none`` for one of the store's choice.
  /// - Throws: ``StoreError`` with `leaseExists` or `leaseTTLTooLarge`, and what a commit throws.
  func grantLease(_ id: LeaseID, timeToLive: Duration) async throws(StoreError) -> Lease

  /// Ends a lease now; its keys are deleted in one revision. Returns the store's revision afterwards.
  ///
  /// - Throws: ``StoreError`` with `leaseNotFound`, and what a commit throws.
  @discardableResult
  func revokeLease(_ id: LeaseID) async throws(StoreError) -> Revision

  /// Lets a lease live its full time from now on. It writes nothing.
  ///
  /// - Throws: ``StoreError`` with `leaseNotFound`.
  @discardableResult
  func keepLeaseAlive(_ id: LeaseID) async throws(StoreError) -> Lease

  /// Where a lease stands; nil when there is none, or it has ended.
  func leaseStatus(_ id: LeaseID) async throws(StoreError) -> LeaseStatus?

  /// All leases, in the order in which they end; those that end together by id.
  func leases() async throws(StoreError) -> [Lease]

  func status() async throws(StoreError) -> StoreStatus

  /// Starts a copy of the whole store as of one moment, from which a store can be made again. Reads and writes go on.
  ///
  /// - Throws: ``StoreError`` with `noSpace` when there is no room to hold the copy, `closed`, and what the backend's disk says.
  func snapshot() async throws(StoreError) -> StoreSnapshot
}
