#if Networking
import EdgeStore
import EtcdAPI

extension Transaction {
  /// - Throws: etcd's refusal of a request that is wrong whatever the store holds: the first that etcd finds, which looks at
  ///   the lengths of the lists, then at the comparisons, then at the operations in order (`checkTxnRequest`).
  init(_ request: Etcd.TransactionRequest, allowing limit: Int = StoreLimits.maximumOperations) throws(Etcd.Failure) {
    let longest = max(request.comparisons.count, request.success.count, request.failure.count)
    if longest > limit { throw .tooManyOperations }
    var compares: [Compare] = []
    compares.reserveCapacity(request.comparisons.count)
    for comparison in request.comparisons { if let compare = try Compare(comparison) { compares.append(compare) } }
    self.init(
      compares: compares, success: try Self.operations(request.success, allowing: limit - longest),
      failure: try Self.operations(request.failure, allowing: limit - longest))
  }

  private static func operations(
    _ requests: [Etcd.RequestOperation], allowing limit: Int
  ) throws(Etcd.Failure) -> [Operation] {
    var operations: [Operation] = []
    operations.reserveCapacity(requests.count)
    for request in requests {
      switch request {
      case .range(let range): operations.append(.range(try RangeRequest(inTransaction: range)))
      case .put(let put): operations.append(.put(try PutRequest(put)))
      case .deleteRange(let deletion): operations.append(.delete(try DeleteRequest(deletion)))
      case .transaction(let nested): operations.append(.transaction(try Transaction(nested, allowing: limit)))
      case .unknown: throw .keyNotFound
      }
    }
    return operations
  }

  /// Whether either branch can change something.
  var writes: Bool {
    (success + failure).contains { operation in
      switch operation {
      case .put, .delete: true
      case .transaction(let nested): nested.writes
      case .range: false
      }
    }
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

extension RangeRequest {
  /// A transaction refuses a negative revision that a range takes for the present.
  fileprivate init(inTransaction request: Etcd.RangeRequest) throws(Etcd.Failure) {
    try self.init(request)
    if request.revision < 0 { revision = Revision(rawValue: request.revision) }
  }
}

extension PutRequest {
  init(_ request: Etcd.PutRequest) throws(Etcd.Failure) {
    if request.key.isEmpty { throw .emptyKey }
    if request.ignoreValue && !request.value.isEmpty { throw .valueProvided }
    if request.ignoreLease && request.lease != 0 { throw .leaseProvided }
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
  /// Nil for a comparison that etcd takes as true.
  fileprivate init?(_ comparison: Etcd.Comparison) throws(Etcd.Failure) {
    if comparison.key.isEmpty { throw .emptyKey }
    let keys = KeyRange(key: comparison.key, rangeEnd: comparison.rangeEnd)
    let relation: Relation
    switch comparison.result {
    case .equal: relation = .equal
    case .notEqual: relation = .notEqual
    case .less: relation = .less
    case .greater: relation = .greater
    default:
      // A result that etcd does not know always holds, but a value that is not there fails before.
      guard comparison.target == .value else { return nil }
      self.init(keys: keys, .greater, .createRevision(.zero))
      return
    }
    guard let target = Target(comparison) else {
      // To etcd all targets that it does not know are the same.
      if relation == .equal { return nil }
      self.init(keys: keys, .less, .version(.min))
      return
    }
    self.init(keys: keys, relation, target)
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
