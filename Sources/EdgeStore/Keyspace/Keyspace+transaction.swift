extension Keyspace {
  /// What a transaction answered and did. No changes means that the revision was not raised.
  package struct Execution: Sendable {
    package var response: TransactionResponse
    package var changes: [Change]
  }

  /// Performs a transaction that has passed ``Transaction/validate()``. When it throws, nothing has changed.
  package mutating func execute(_ transaction: Transaction) throws(StoreError) -> Execution {
    if let execution = try executeSinglePut(transaction) { return execution }
    let path = try path(of: transaction)
    var changeCount = 0
    try checkWrites(of: path, changeCount: &changeCount)
    try checkReads(of: path)
    // Reading a value from the disk can fail; what was changed until then is taken back.
    let backup = source != nil && path.readsKeys ? self : nil
    var changes: [Change] = []
    let response: TransactionResponse
    do {
      response = try perform(path, into: &changes)
    } catch {
      if let backup { self = backup }
      throw error
    }
    if !changes.isEmpty { record(changes, at: revision.next) }
    return Execution(response: response, changes: changes)
  }

  /// Most transactions put one key, for which one look at the tree is enough. Nil for all others.
  private mutating func executeSinglePut(_ transaction: Transaction) throws(StoreError) -> Execution? {
    guard transaction.success.count == 1, case .put(let request) = transaction.success[0] else { return nil }
    for compare in transaction.compares where try !holds(compare) { return nil }
    var previous = live[request.key]
    if previous == nil && (request.keepsValue || request.keepsLease) { throw .nothingToKeep(request.key) }
    if request.lease != .none && leases[request.lease] == nil { throw .leaseNotFound(request.lease) }
    if let current = previous, !current.isResident, carriesPreviousValues || request.readsPreviousValue {
      let value = try keyValue(of: current).value
      previous?.bringBack(value)
      residentBytes += value.count
    }
    let change = put(
      request.key, request.keepsValue ? previous?.keyValue.value ?? [] : request.value, over: previous,
      lease: request.keepsLease ? previous?.keyValue.lease ?? .none : request.lease, at: revision.next, ordinal: 0)
    record([change], at: revision.next)
    let response = PutResponse(previous: request.returnsPrevious ? previous?.keyValue : nil)
    return Execution(
      response: TransactionResponse(revision: revision, succeeded: true, results: [.put(response)]),
      changes: [change])
  }

  /// Answers a transaction that only reads, on a snapshot and without a writer.
  package func evaluate(readOnly transaction: Transaction) throws(StoreError) -> TransactionResponse {
    precondition(transaction.isReadOnly)
    var snapshot = self
    return try snapshot.execute(transaction).response
  }

  /// The branch that each transaction and nested transaction will take, decided before anything changes.
  private struct Path {
    enum Step {
      case operation(Transaction.Operation)
      case nested(Path)
    }
    var succeeded: Bool
    var steps: [Step]

    var readsKeys: Bool {
      steps.contains { step in
        switch step {
        case .nested(let nested): nested.readsKeys
        case .operation(.range): true
        case .operation: false
        }
      }
    }
  }

  private func path(of transaction: Transaction) throws(StoreError) -> Path {
    var succeeded = true
    for compare in transaction.compares where succeeded { succeeded = try holds(compare) }
    var steps: [Path.Step] = []
    for operation in succeeded ? transaction.success : transaction.failure {
      if case .transaction(let nested) = operation {
        steps.append(.nested(try path(of: nested)))
      } else {
        steps.append(.operation(operation))
      }
    }
    return Path(succeeded: succeeded, steps: steps)
  }

  private func holds(_ compare: Compare) throws(StoreError) -> Bool {
    var needsValue = false
    if case .value = compare.target { needsValue = true }
    if let key = compare.keys.singleKey {
      guard let version = live[key] else { return compare.holds(for: nil) }
      return compare.holds(for: needsValue ? try keyValue(of: version) : version.keyValue)
    }
    let count = currentCount(in: compare.keys)
    if count == 0 { return compare.holds(for: nil) }
    var versions = live.versions(from: compare.keys.start)
    for _ in 0..<count {
      guard let version = versions.next() else { break }
      guard compare.holds(for: needsValue ? try keyValue(of: version) : version.keyValue) else { return false }
    }
    return true
  }

  /// Together with ``checkReads(of:)`` all that can still refuse a valid transaction, so that execution cannot fail half-way.
  /// As in etcd, a put that keeps value or lease needs a key that existed before the transaction. What will be superseded is
  /// brought into memory.
  private mutating func checkWrites(of path: Path, changeCount: inout Int) throws(StoreError) {
    for step in path.steps {
      switch step {
      case .nested(let nested): try checkWrites(of: nested, changeCount: &changeCount)
      case .operation(.put(let request)):
        changeCount += 1
        let current = live[request.key]
        if carriesPreviousValues || request.readsPreviousValue { try makeResident(request.key) }
        if (request.keepsValue || request.keepsLease) && current == nil {
          throw .nothingToKeep(request.key)
        }
        if request.lease != .none && leases[request.lease] == nil { throw .leaseNotFound(request.lease) }
      case .operation(.delete(let request)):
        changeCount += currentCount(in: request.keys)
        if changeCount <= StoreLimits.maximumChangesPerRevision, carriesPreviousValues || request.returnsPrevious {
          for version in currentVersions(in: request.keys) where !version.isResident {
            try makeResident(version.keyValue.key)
          }
        }
      case .operation(.range): break
      case .operation(.transaction): preconditionFailure("a path holds nested transactions as paths")
      }
    }
    if changeCount > StoreLimits.maximumChangesPerRevision {
      throw StoreError(
        .tooManyOperations,
        "the transaction would change about \(changeCount) keys; the limit is \(StoreLimits.maximumChangesPerRevision)")
    }
  }

  /// Looked at after all writes, so that of several reasons to refuse a transaction it is etcd's that is told.
  private func checkReads(of path: Path) throws(StoreError) {
    for step in path.steps {
      switch step {
      case .nested(let nested): try checkReads(of: nested)
      case .operation(.range(let request)):
        try check(request.revision, of: request.keys)
        // Outside of a transaction a negative revision is the present. Here etcd compares it with the compacted one, which
        // is -1 to it while there is none.
        if let asked = request.revision, asked < (compactedRevision == .zero ? Revision(rawValue: -1) : .zero) {
          throw .compacted(asked, compactedRevision: compactedRevision)
        }
      case .operation: break
      }
    }
  }

  private mutating func perform(_ path: Path, into changes: inout [Change]) throws(StoreError) -> TransactionResponse {
    var results: [OperationResult] = []
    results.reserveCapacity(path.steps.count)
    for step in path.steps {
      switch step {
      case .nested(let nested): results.append(.transaction(try perform(nested, into: &changes)))
      case .operation(.put(let request)): results.append(.put(try put(request, into: &changes)))
      case .operation(.delete(let request)):
        results.append(.delete(try delete(request, into: &changes)))
      case .operation(.range(let request)):
        results.append(.range(try answer(request, pending: changes)))
      case .operation(.transaction): preconditionFailure("a path holds nested transactions as paths")
      }
    }
    return TransactionResponse(
      revision: changes.isEmpty ? revision : revision.next, succeeded: path.succeeded, results: results)
  }

  private mutating func put(_ request: PutRequest, into changes: inout [Change]) throws(StoreError) -> PutResponse {
    let current = live[request.key]
    let previous = request.readsPreviousValue ? try current.map(keyValue) : current?.keyValue
    let value = request.keepsValue ? previous?.value ?? [] : request.value
    let lease = request.keepsLease ? previous?.lease ?? .none : request.lease
    let change = put(request.key, value, lease: lease, at: revision.next, ordinal: changes.count)
    changes.append(change)
    return PutResponse(previous: request.returnsPrevious ? previous : nil)
  }

  private mutating func delete(
    _ request: DeleteRequest, into changes: inout [Change]
  ) throws(StoreError) -> DeleteResponse {
    let doomed = currentVersions(in: request.keys)
    let previous = request.returnsPrevious ? try doomed.map(keyValue) : []
    remove(doomed, into: &changes)
    return DeleteResponse(deletedCount: doomed.count, previous: previous)
  }

  /// Deletes versions that are current, as part of the next revision.
  mutating func remove(_ doomed: [StoredVersion], into changes: inout [Change]) {
    for version in doomed {
      let change = delete(version, at: revision.next, ordinal: changes.count)
      changes.append(change)
    }
  }
}

extension PutRequest {
  fileprivate var readsPreviousValue: Bool { keepsValue || returnsPrevious }
}

extension StoreError {
  fileprivate static func nothingToKeep(_ key: StoreKey) -> StoreError {
    StoreError(.keyNotFound, "key \(key) does not exist, so there is nothing to keep")
  }
}
