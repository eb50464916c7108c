extension Keyspace {
  /// What a transaction answered and did. No changes means that the revision was not raised.
  package struct Execution: Sendable {
    package var response: TransactionResponse
    package var changes: [Change]
  }

  /// Performs a transaction that has passed ``Transaction/validate()``. When it throws, nothing has changed.
  package mutating func execute(_ transaction: Transaction) throws(StoreError) -> Execution {
    let succeeded = transaction.compares.allSatisfy { $0.holds(for: live[$0.key]?.keyValue) }
    let operations = succeeded ? transaction.success : transaction.failure
    try checkReach(of: operations)
    let next = revision.next
    var changes: [Change] = []
    var results: [OperationResult] = []
    results.reserveCapacity(operations.count)
    for operation in operations {
      switch operation {
      case .put(let request):
        let change = put(request.key, request.value, at: next, ordinal: changes.count)
        history.supersede(by: change)
        changes.append(change)
        results.append(.put(PutResponse(previous: request.returnsPrevious ? change.previous?.keyValue : nil)))
      case .delete(let request):
        results.append(.delete(delete(request, at: next, into: &changes)))
      case .range(let request):
        results.append(.range(answer(request, hasPendingChanges: !changes.isEmpty)))
      }
    }
    if !changes.isEmpty { record(changes, at: next) }
    for index in results.indices {
      guard case .range(var range) = results[index] else { continue }
      range.revision = revision
      results[index] = .range(range)
    }
    return Execution(
      response: TransactionResponse(revision: revision, succeeded: succeeded, results: results), changes: changes)
  }

  /// Answers a transaction that only reads, on a snapshot and without a writer.
  package func evaluate(readOnly transaction: Transaction) throws(StoreError) -> TransactionResponse {
    precondition(transaction.isReadOnly)
    var snapshot = self
    return try snapshot.execute(transaction).response
  }

  /// All that can still refuse a valid transaction, so that execution cannot fail half-way.
  private func checkReach(of operations: [Transaction.Operation]) throws(StoreError) {
    var changes = operations.count
    for operation in operations {
      switch operation {
      case .put: continue
      case .delete(let request): changes += currentCount(in: request.keys)
      case .range(let request): try check(request.revision)
      }
    }
    if changes > StoreLimits.maximumChangesPerRevision {
      throw StoreError(
        .tooManyOperations,
        "the transaction would change about \(changes) keys; the limit is \(StoreLimits.maximumChangesPerRevision)")
    }
  }

  private mutating func delete(
    _ request: DeleteRequest, at revision: Revision, into changes: inout [Change]
  ) -> DeleteResponse {
    var doomed: [StoredVersion] = []
    if let key = request.keys.singleKey {
      if let version = live[key] { doomed = [version] }
    } else {
      let count = currentCount(in: request.keys)
      doomed.reserveCapacity(count)
      var elements = live.elements(from: request.keys.start)
      while doomed.count < count, let (_, version) = elements.next() { doomed.append(version) }
    }
    for version in doomed {
      let change = delete(version, at: revision, ordinal: changes.count)
      history.supersede(by: change)
      changes.append(change)
    }
    return DeleteResponse(
      deletedCount: doomed.count, previous: request.returnsPrevious ? doomed.map(\.keyValue) : [])
  }
}
