#if Networking
import EdgeStore
import EtcdAPI

extension Transaction {
  /// - Throws: etcd's refusal of what the store has no word for: empty keys, operations that are not set.
  init(_ request: Etcd.TransactionRequest) throws(Etcd.Failure) {
    var compares: [Compare] = []
    compares.reserveCapacity(request.comparisons.count)
    for comparison in request.comparisons { if let compare = try Compare(comparison) { compares.append(compare) } }
    self.init(
      compares: compares, success: try Self.operations(request.success), failure: try Self.operations(request.failure))
  }

  private static func operations(_ requests: [Etcd.RequestOperation]) throws(Etcd.Failure) -> [Operation] {
    var operations: [Operation] = []
    operations.reserveCapacity(requests.count)
    for request in requests {
      switch request {
      case .range(let range): operations.append(.range(try RangeRequest(range)))
      case .put(let put): operations.append(.put(PutRequest(put)))
      case .deleteRange(let deletion): operations.append(.delete(try DeleteRequest(deletion)))
      case .transaction(let nested): operations.append(.transaction(try Transaction(nested)))
      case .unknown: throw .keyNotFound
      }
    }
    return operations
  }

  /// Whether either branch can put something, which needs space; deletions free it.
  var puts: Bool {
    (success + failure).contains { operation in
      switch operation {
      case .put: true
      case .transaction(let nested): nested.puts
      case .range, .delete: false
      }
    }
  }
}

extension PutRequest {
  init(_ request: Etcd.PutRequest) {
    self.init(
      key: StoreKey(request.key), value: request.value, returnsPrevious: request.previousKV,
      lease: LeaseID(rawValue: request.lease), keepsValue: request.ignoreValue, keepsLease: request.ignoreLease)
  }
}

extension DeleteRequest {
  init(_ request: Etcd.DeleteRangeRequest) throws(Etcd.Failure) {
    if request.key.isEmpty { throw .emptyKey }
    self.init(
      keys: KeyRange(key: request.key, rangeEnd: request.rangeEnd), returnsPrevious: request.previousKV)
  }
}

extension Compare {
  /// Nil for a comparison that etcd takes as true: one whose target or result it does not know.
  fileprivate init?(_ comparison: Etcd.Comparison) throws(Etcd.Failure) {
    if comparison.key.isEmpty { throw .emptyKey }
    let relation: Relation
    switch comparison.result {
    case .equal: relation = .equal
    case .notEqual: relation = .notEqual
    case .less: relation = .less
    case .greater: relation = .greater
    default: return nil
    }
    guard let target = Target(comparison) else { return nil }
    self.init(keys: KeyRange(key: comparison.key, rangeEnd: comparison.rangeEnd), relation, target)
  }
}

extension Compare.Target {
  /// An operand that is missing or belongs to another target counts as zero or empty, as generated Go code has it.
  fileprivate init?(_ comparison: Etcd.Comparison) {
    switch comparison.target {
    case .version:
      if case .version(let operand) = comparison.operand { self = .version(operand) } else { self = .version(0) }
    case .createRevision:
      if case .createRevision(let operand) = comparison.operand {
        self = .createRevision(Revision(rawValue: operand))
      } else {
        self = .createRevision(.zero)
      }
    case .modRevision:
      if case .modRevision(let operand) = comparison.operand {
        self = .modRevision(Revision(rawValue: operand))
      } else {
        self = .modRevision(.zero)
      }
    case .value: if case .value(let operand) = comparison.operand { self = .value(operand) } else { self = .value([]) }
    case .lease:
      if case .lease(let operand) = comparison.operand {
        self = .lease(LeaseID(rawValue: operand))
      } else {
        self = .lease(.none)
      }
    default: return nil
    }
  }
}
#endif
