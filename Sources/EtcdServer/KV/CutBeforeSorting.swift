#if Networking
import EdgeStore
import EtcdAPI

/// A range with a limit and a field to sort by, and without an order. etcd takes the first keys then, one more than the limit,
/// sorts those, and cuts: the answer is none of the sorted whole.
struct CutBeforeSorting {
  let limit: Int
  private let target: Etcd.SortTarget
  private let keysOnly: Bool

  /// Nil for a range that is sorted before it is cut, as nearly all are.
  /// - Throws: etcd's refusal of an unknown target.
  init?(_ request: Etcd.RangeRequest) throws(Etcd.Failure) {
    guard request.sortOrder == .none, request.sortTarget != .key, request.limit > 0, request.limit < .max,
      request.minimumModRevision == 0, request.maximumModRevision == 0, request.minimumCreateRevision == 0,
      request.maximumCreateRevision == 0
    else { return nil }
    guard (1...4).contains(request.sortTarget.rawValue) else { throw .invalidSortOption }
    limit = Int(request.limit)
    target = request.sortTarget
    keysOnly = request.keysOnly
  }

  /// Values are sorted by even if nobody wants to see them.
  var needsValues: Bool { target == .value }

  /// - Parameter response: of one key more than the limit.
  func apply(to response: inout RangeResponse) {
    response.kvs.sort { left, right in
      switch target {
      case .version: left.version < right.version
      case .createRevision: left.createRevision < right.createRevision
      case .modRevision: left.modRevision < right.modRevision
      default: left.value.lexicographicallyPrecedes(right.value)
      }
    }
    if keysOnly { for index in response.kvs.indices { response.kvs[index].value = [] } }
    response.more = response.kvs.count > limit
    if response.more { response.kvs.removeLast(response.kvs.count - limit) }
  }
}

extension TransactionResponse {
  /// Cuts what ranges of such a kind have answered.
  mutating func cut(_ request: Etcd.TransactionRequest) {
    let operations = succeeded ? request.success : request.failure
    for (index, operation) in operations.enumerated() where results.indices.contains(index) {
      switch (operation, results[index]) {
      case (.range(let range), .range(var response)):
        guard let cut = try? CutBeforeSorting(range) else { continue }
        cut.apply(to: &response)
        results[index] = .range(response)
      case (.transaction(let nested), .transaction(var response)):
        response.cut(nested)
        results[index] = .transaction(response)
      default: break
      }
    }
  }
}

extension Etcd.TransactionRequest {
  /// Whether there is anything to be cut in it.
  var cutsBeforeSorting: Bool {
    (success + failure).contains { operation in
      switch operation {
      case .range(let range): range.sortTarget != .key && (try? CutBeforeSorting(range)) != nil
      case .transaction(let nested): nested.cutsBeforeSorting
      case .put, .deleteRange, .unknown: false
      }
    }
  }
}
#endif
