/// The keys that one branch of a transaction puts and deletes, nested transactions included; making it fails when one
/// key would be put twice, or put and deleted.
///
/// The two branches of a nested transaction may put the same key, because only one of them runs. Two deletions may
/// overlap. A deletion without an end may meet a put, before or after it: etcd does not see that they do, and a client may
/// clear everything and put anew in one transaction. Source: etcd `api/v3rpc/key.go` (`checkIntervals`).
struct WrittenKeys {
  private var puts: Set<StoreKey> = []
  private var deletions: [KeyRange] = []

  init(of operations: [Transaction.Operation]) throws(StoreError) {
    for case .delete(let request) in operations where request.keys.end != nil { deletions.append(request.keys) }
    var deleted = DisjointRanges(deletions)
    for case .transaction(let nested) in operations {
      let branches = [try WrittenKeys(of: nested.success), try WrittenKeys(of: nested.failure)]
      for key in branches[0].puts.union(branches[1].puts) { try insert(key, deleted: deleted) }
      let deletedInside = branches.flatMap(\.deletions)
      if !deletedInside.isEmpty { deleted = DisjointRanges(deleted.ranges + deletedInside) }
    }
    for case .put(let request) in operations { try insert(request.key, deleted: deleted) }
    deletions = deleted.ranges
  }

  private mutating func insert(_ key: StoreKey, deleted: DisjointRanges) throws(StoreError) {
    if !puts.insert(key).inserted { throw StoreError(.duplicateKey, "key \(key) is put twice in one transaction") }
    if deleted.contains(key) {
      throw StoreError(.duplicateKey, "key \(key) is put and deleted in one transaction")
    }
  }
}

/// Ranges joined until none overlap, so that a key is looked up in O(log n) however many there were.
private struct DisjointRanges {
  private(set) var ranges: [KeyRange] = []

  init(_ unordered: [KeyRange]) {
    for range in unordered.sorted(by: { $0.start < $1.start }) {
      if let end = range.end, !(range.start < end) { continue }
      guard let last = ranges.last, last.end.map({ !($0 < range.start) }) ?? true else {
        ranges.append(range)
        continue
      }
      let end: StoreKey? =
        if let lastEnd = last.end, let end = range.end { max(lastEnd, end) } else { nil }
      ranges[ranges.count - 1] = .from(last.start, until: end)
    }
  }

  func contains(_ key: StoreKey) -> Bool {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if key < ranges[middle].start { high = middle } else { low = middle + 1 }
    }
    return low > 0 && ranges[low - 1].contains(key)
  }
}
