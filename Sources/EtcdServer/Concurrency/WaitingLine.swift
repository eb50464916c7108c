#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI

/// The keys below `name/`, one for each lease that waits, in the order of their creation: the oldest holds the lock, or leads.
///
/// It is the scheme of etcd's own recipes (`client/v3/concurrency`), so that who locks by them and who locks by this service wait
/// in one line. Errors come as UNKNOWN, because there they are those of a client inside of the server.
struct WaitingLine: Sendable {
  let access: StoreAccess
  let alarms: AlarmBoard
  let prefix: [UInt8]

  /// A place in the line.
  struct Place: Sendable {
    var key: StoreKey
    /// At which the key was created.
    var created: Revision
    /// What the store answered to the one who took it.
    var response: TransactionResponse
    /// What the key held when the place was taken before.
    var former: KeyValue?
  }

  private static let defaultTimeToLive = Duration.seconds(60)

  init(access: StoreAccess, alarms: AlarmBoard, name: [UInt8]) {
    self.access = access
    self.alarms = alarms
    prefix = name + Array("/".utf8)
  }

  /// The lease, or a new one for none. Nobody keeps a new one alive.
  static func lease(_ id: Int64, _ access: StoreAccess) async throws -> LeaseID {
    if id != 0 { return LeaseID(rawValue: id) }
    return try await attempt { () async throws(StoreError) in
      try await access.store.grantLease(.none, timeToLive: defaultTimeToLive).id
    }
  }

  /// Goes to the end of the line, unless the lease stands in it.
  func enter(_ lease: LeaseID, value: [UInt8]) async throws -> Place {
    let number = lease.rawValue.magnitude
    let name = (lease.rawValue < 0 ? "-" : "") + String(number, radix: 16)
    let key = StoreKey(prefix + Array(name.utf8))
    let response = try await commit(
      Transaction(
        compares: [.createRevision(of: key, .equal, .zero)],
        success: [.put(PutRequest(key: key, value: value, lease: lease))],
        failure: [.range(RangeRequest(.key(key)))]))
    guard case .range(let range) = response.results.first, let former = range.kvs.first else {
      return Place(key: key, created: response.revision, response: response, former: nil)
    }
    return Place(key: key, created: former.createRevision, response: response, former: former)
  }

  /// Returns when nobody stands before the place any more.
  ///
  /// - Returns: where the store stood when the place had become the first.
  @discardableResult
  func wait(for place: Place) async throws -> Revision {
    while true {
      let before = try await range(
        RangeRequest(
          keys, limit: 1, order: RangeOrder(.createRevision, .descending),
          createRevisions: RevisionBounds(maximum: Revision(rawValue: place.created.rawValue - 1))))
      guard let last = before.kvs.first else { return before.revision }
      try await Self.deletion(of: last.key, after: before.revision, access)
    }
  }

  /// The first in the line.
  func first() async throws -> (KeyValue?, Revision) {
    let response = try await range(RangeRequest(keys, limit: 1, order: RangeOrder(.createRevision)))
    return (response.kvs.first, response.revision)
  }

  /// Leaves the line, also when the caller's task is cancelled.
  func leave(_ key: StoreKey) async {
    _ = await Task { [store = access.store] in try? await store.delete(key) }.value
  }

  var keys: KeyRange { .prefix(StoreKey(prefix)) }

  private static func deletion(of key: StoreKey, after revision: Revision, _ access: StoreAccess) async throws {
    let watch = try await attempt { () async throws(StoreError) in
      try await access.store.watch(WatchRequest(.key(key), startRevision: revision.next, excluding: [.put]))
    }
    defer { watch.cancel() }
    var iterator = watch.makeAsyncIterator()
    do throws(StoreError) {
      if try await iterator.next() != nil { return }
    } catch {
      // What was missed is looked up anew.
      guard error.code == .compacted else { throw unknown(error) }
      return
    }
    try Task.checkCancellation()
    throw GRPCStatus(.stopped)
  }

  // MARK: - The store

  func commit(_ transaction: Transaction) async throws -> TransactionResponse {
    if transaction.writes, let refusal = alarms.refusal(puts: transaction.puts) {
      throw GRPCStatus(.unknown, refusal.message)
    }
    return try await Self.attempt { () async throws(StoreError) in try await access.store.commit(transaction) }
  }

  func range(_ request: RangeRequest) async throws -> RangeResponse {
    try await Self.attempt { () async throws(StoreError) in try await access.store.range(request) }
  }

  static func attempt<Output>(_ call: () async throws(StoreError) -> Output) async throws(GRPCStatus) -> Output {
    do { return try await call() } catch { throw unknown(error) }
  }

  private static func unknown(_ error: StoreError) -> GRPCStatus { GRPCStatus(.unknown, GRPCStatus(error).message) }
}
#endif
