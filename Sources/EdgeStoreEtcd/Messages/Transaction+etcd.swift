#if Networking
import EdgeStore
import EtcdAPI

extension Transaction {
  var etcd: Etcd.TransactionRequest {
    Etcd.TransactionRequest(
      comparisons: compares.map(\.etcd), success: success.map(\.etcd), failure: failure.map(\.etcd))
  }

  /// - Parameter revision: of the whole transaction; nested answers of etcd do not carry it.
  /// - Throws: `damaged` when the answer does not fit the request.
  func response(
    _ message: Etcd.TransactionResponse, revision: Revision
  ) throws(StoreError) -> TransactionResponse {
    let branch = message.succeeded ? success : failure
    guard message.responses.count == branch.count else { throw .unfitting }
    var results: [OperationResult] = []
    results.reserveCapacity(branch.count)
    for (operation, response) in zip(branch, message.responses) {
      results.append(try operation.result(response, revision: revision))
    }
    return TransactionResponse(revision: revision, succeeded: message.succeeded, results: results)
  }
}

extension Transaction.Operation {
  fileprivate var etcd: Etcd.RequestOperation {
    switch self {
    case .put(let put):
      return .put(
        Etcd.PutRequest(
          key: put.key.bytes, value: put.value, lease: put.lease.rawValue, previousKV: put.returnsPrevious,
          ignoreValue: put.keepsValue, ignoreLease: put.keepsLease))
    case .delete(let deletion):
      let (key, rangeEnd) = deletion.keys.etcd
      return .deleteRange(
        Etcd.DeleteRangeRequest(key: key, rangeEnd: rangeEnd, previousKV: deletion.returnsPrevious))
    case .range(let range): return .range(range.etcd)
    case .transaction(let nested): return .transaction(nested.etcd)
    }
  }

  fileprivate func result(
    _ message: Etcd.ResponseOperation, revision: Revision
  ) throws(StoreError) -> OperationResult {
    switch (self, message) {
    case (.put, .put(let response)): return .put(PutResponse(previous: response.previousKV.map { KeyValue($0) }))
    case (.delete, .deleteRange(let response)):
      return .delete(
        DeleteResponse(
          deletedCount: Int(clamping: response.deleted), previous: response.previousKVs.map { KeyValue($0) }))
    case (.range(let range), .range(let response)): return .range(range.response(response, revision: revision))
    case (.transaction(let nested), .transaction(let response)):
      return .transaction(try nested.response(response, revision: revision))
    default: throw .unfitting
    }
  }
}

extension Compare {
  fileprivate var etcd: Etcd.Comparison {
    let (key, rangeEnd) = keys.etcd
    let result: Etcd.ComparisonResult =
      switch relation {
      case .equal: .equal
      case .notEqual: .notEqual
      case .less: .less
      case .greater: .greater
      }
    let operand: Etcd.Comparison.Operand =
      switch target {
      case .value(let value): .value(value)
      case .version(let version): .version(version)
      case .createRevision(let revision): .createRevision(revision.rawValue)
      case .modRevision(let revision): .modRevision(revision.rawValue)
      case .lease(let lease): .lease(lease.rawValue)
      }
    return Etcd.Comparison(key: key, rangeEnd: rangeEnd, result, operand)
  }
}

extension StoreError {
  static let unfitting = StoreError(.damaged, "the server's answer does not fit the request")
}
#endif
