#if Networking
import EdgeGRPC
import EdgePrimitives
import EdgeStore
import EtcdAPI
import Logging
import NIOCore
import Synchronization

/// The store contract over a real etcd cluster.
///
/// Single calls work at once; watches are served while ``run()`` runs.
///
/// A call goes to one member. When that fails, reads are repeated on another one until
/// ``EtcdStoreConfiguration/requestTimeout`` is over. A write is repeated only after a failure that proves that it was not
/// applied; otherwise it fails with `outcomeUnknown`, so that it never has an effect twice. Watches go on at another
/// member from where they stood.
///
/// What a real etcd does not keep of the contract: a watch that starts at the very revision that was compacted to is refused
/// with `compacted` where the server has lost events or previous values there; leases report their remaining time in whole
/// seconds (rounded up); ``status()`` counts no bytes written.
public final class EtcdStore: MVCCStore {
  let caller: EtcdCaller
  private let connections: EtcdConnections
  private let hub: WatchHub
  let entropy: any EntropySource
  /// The newest compaction this client knows of.
  let knownCompaction = Mutex(Revision.zero)

  /// - Parameters:
  ///   - clock: measures deadlines and backoff.
  ///   - entropy: spreads clients over members, jitters backoff and chooses ids of leases.
  public init(
    configuration: EtcdStoreConfiguration, group: any EventLoopGroup,
    clock: some Clock<Duration> = ContinuousClock(), entropy: any EntropySource = SystemEntropy(), logger: Logger
  ) {
    let time = ElapsedTime(clock)
    self.entropy = entropy
    connections = EtcdConnections(
      configuration: configuration, group: group, time: time, entropy: entropy, logger: logger)
    caller = EtcdCaller(connections: connections, time: time, requestTimeout: configuration.requestTimeout)
    hub = WatchHub(caller: caller, logger: logger)
  }

  /// Serves the watches until ``close()`` is called or the task is cancelled. Call it once.
  public func run() async { await hub.run() }

  /// Ends all watches and connections; every later call fails with ``StoreError/Code/closed``.
  public func close() async {
    hub.close()
    await connections.close()
  }

  // MARK: - Keys

  public func range(_ request: RangeRequest) async throws(StoreError) -> RangeResponse {
    try request.keys.validate()
    return try await explaining(request.revision) { () async throws(StoreError) in
      request.response(try await caller.read(GRPCMethod(Etcd.KV.range), request.etcd), revision: .zero)
    }
  }

  public func commit(_ transaction: Transaction) async throws(StoreError) -> TransactionResponse {
    // The rules are the same on both sides; here they cost no round trip.
    try transaction.validate()
    let method = GRPCMethod(Etcd.KV.transaction)
    return try await explaining(transaction.revisionsRead.min()) { () async throws(StoreError) in
      let request = transaction.etcd
      let response =
        transaction.isReadOnly ? try await caller.read(method, request) : try await caller.write(method, request)
      return try transaction.response(response, revision: Revision(rawValue: response.header?.revision ?? 0))
    }
  }

  public func compact(upTo revision: Revision) async throws(StoreError) {
    try await explaining(Revision(rawValue: revision.rawValue - 1)) { () async throws(StoreError) in
      // Not physical: the answer need not wait until the database has been gone through.
      let request = Etcd.CompactionRequest(revision: revision.rawValue)
      _ = try await caller.write(GRPCMethod(Etcd.KV.compact), request)
    }
  }

  // MARK: - Watches

  public func watch(_ request: WatchRequest) async throws(StoreError) -> StoreWatch {
    try request.keys.validate()
    // A member may be behind the cluster. Asked for a revision by name it waits for it, so "from now on" gets a name here.
    let current = try await caller.currentRevision()
    let start = request.startRevision.flatMap { $0 > .zero ? $0 : nil } ?? current.next
    return try hub.watch(request, from: start, createdAt: current)
  }

  // MARK: - Compaction

  /// Adds what etcd's refusals leave out: how far the store was compacted.
  /// - Parameter asked: the oldest revision that was asked for.
  private func explaining<Result>(
    _ asked: Revision?, _ body: () async throws(StoreError) -> Result
  ) async throws(StoreError) -> Result {
    do throws(StoreError) {
      return try await body()
    } catch {
      guard error.code == .compacted, let asked, let compacted = await caller.compactedRevision(beyond: asked) else {
        throw error
      }
      knownCompaction.withLock { $0 = max($0, compacted) }
      throw .compacted(asked, compactedRevision: compacted)
    }
  }
}
#endif
