extension MVCCStore {
  /// The key's version now, or as of `revision`; nil when it does not (did not) exist.
  public func get(_ key: StoreKey, revision: Revision? = nil) async throws(StoreError) -> KeyValue? {
    try await range(RangeRequest(.key(key), revision: revision)).kvs.first
  }

  /// Writes the key whatever it held, and returns the revision of the write.
  @discardableResult
  public func put(_ key: StoreKey, _ value: [UInt8]) async throws(StoreError) -> Revision {
    try await commit(Transaction(success: [.put(key, value)])).revision
  }

  /// Makes a lease with an id of the store's choice.
  public func grantLease(timeToLive: Duration) async throws(StoreError) -> Lease {
    try await grantLease(.none, timeToLive: timeToLive)
  }

  /// Writes the key, whatever it held, under a lease.
  @discardableResult
  public func put(_ key: StoreKey, _ value: [UInt8], lease: LeaseID) async throws(StoreError) -> Revision {
    try await commit(Transaction(success: [.put(PutRequest(key: key, value: value, lease: lease))])).revision
  }

  /// Deletes the keys and returns how many there were.
  @discardableResult
  public func delete(_ keys: KeyRange) async throws(StoreError) -> Int {
    let response = try await commit(Transaction(success: [.delete(keys)]))
    guard case .delete(let deletion) = response.results.first else { return 0 }
    return deletion.deletedCount
  }

  /// Deletes the key and returns whether it existed.
  @discardableResult
  public func delete(_ key: StoreKey) async throws(StoreError) -> Bool { try await delete(.key(key)) > 0 }

  /// Writes the key only when it does not exist.
  public func create(_ key: StoreKey, _ value: [UInt8]) async throws(StoreError) -> ConditionalWrite {
    try await commitIfUnchanged(key, since: .zero, .put(key, value))
  }

  /// Writes the key only when its newest version is the one that `modRevision` wrote.
  public func update(
    _ key: StoreKey, _ value: [UInt8], ifModRevision modRevision: Revision
  ) async throws(StoreError) -> ConditionalWrite {
    try await commitIfUnchanged(key, since: modRevision, .put(key, value))
  }

  /// Deletes the key only when its newest version is the one that `modRevision` wrote.
  public func delete(
    _ key: StoreKey, ifModRevision modRevision: Revision
  ) async throws(StoreError) -> ConditionalWrite {
    try await commitIfUnchanged(key, since: modRevision, .delete(.key(key)))
  }

  private func commitIfUnchanged(
    _ key: StoreKey, since modRevision: Revision, _ operation: Transaction.Operation
  ) async throws(StoreError) -> ConditionalWrite {
    let response = try await commit(
      Transaction(
        compares: [.modRevision(of: key, .equal, modRevision)], success: [operation],
        failure: [.range(RangeRequest(.key(key)))]))
    if response.succeeded { return .applied(response.revision) }
    guard case .range(let current) = response.results.first else { return .conflict(nil) }
    return .conflict(current.kvs.first)
  }
}

/// The outcome of a write that had a condition.
public enum ConditionalWrite: Hashable, Sendable {
  /// The condition held; the write has this revision.
  case applied(Revision)
  /// The condition did not hold and nothing changed; this is what the key holds instead (nil: nothing).
  case conflict(KeyValue?)

  public var appliedRevision: Revision? {
    if case .applied(let revision) = self { revision } else { nil }
  }
}
