import EdgePrimitives
import EdgeStore

/// Reproducible requests over a small set of keys, so that they meet often.
struct RandomTraffic {
  let seed: UInt64
  private let entropy: SeededEntropy

  /// The seed comes from `EDGE_TEST_SEED` when that is set, so that a failure can be played again.
  init(seed: UInt64 = environmentNumber("EDGE_TEST_SEED") ?? SystemEntropy().next() % 1_000_000) {
    self.seed = seed
    entropy = SeededEntropy(seed: seed)
  }

  func number(below bound: Int) -> Int { Int(entropy.next(below: UInt64(bound))) }

  func key() -> StoreKey { StoreKey("\(["a", "b", "ab", "b\u{7f}"][number(below: 4)])\(number(below: 12))") }

  func keys() -> KeyRange {
    switch number(below: 5) {
    case 0: .key(key())
    case 1: .prefix(StoreKey(["a", "b", "ab", "b1"][number(below: 4)]))
    case 2: .from(key(), until: key())
    case 3: .from(key(), until: nil)
    default: .all
    }
  }

  func range(revisions: ClosedRange<Int>) -> RangeRequest {
    let revision = number(below: 3) == 0 ? nil : revisions.lowerBound + number(below: revisions.count)
    return RangeRequest(
      keys(), limit: number(below: 2) == 0 ? nil : 1 + number(below: 6),
      revision: revision.map { Revision(rawValue: Int64($0)) }, countOnly: number(below: 5) == 0,
      order: number(below: 4) == 0
        ? RangeOrder(
          number(below: 2) == 0 ? .modRevision : .version, number(below: 2) == 0 ? .ascending : .descending) : nil,
      modRevisions: number(below: 5) == 0
        ? RevisionBounds(minimum: Revision(rawValue: Int64(revisions.lowerBound + revisions.count / 2))) : .any)
  }

  func transaction(over store: NaiveStore) -> Transaction {
    var compares: [Compare] = []
    if number(below: 3) == 0 {
      let key = key()
      let actual = store.current[key]?.modRevision ?? .zero
      compares = [.modRevision(of: key, .equal, number(below: 3) == 0 ? actual.next : actual)]
    }
    return Transaction(
      compares: compares, success: branch(over: store), failure: number(below: 2) == 0 ? [] : branch(over: store))
  }

  private func branch(over store: NaiveStore) -> [Transaction.Operation] {
    var written: Set<StoreKey> = []
    var deleted: [KeyRange] = []
    var operations = operations(&written, &deleted)
    if number(below: 6) == 0 {
      let key = key()
      let actual = store.current[key]?.modRevision ?? .zero
      let nested = Transaction(
        compares: [.modRevision(of: key, .equal, number(below: 2) == 0 ? actual.next : actual)],
        success: self.operations(&written, &deleted), failure: self.operations(&written, &deleted))
      operations.insert(.transaction(nested), at: number(below: operations.count + 1))
    }
    return operations
  }

  private func operations(
    _ written: inout Set<StoreKey>, _ deleted: inout [KeyRange]
  ) -> [Transaction.Operation] {
    var operations: [Transaction.Operation] = []
    for _ in 0...number(below: 4) {
      switch number(below: 10) {
      case 0...5:
        let key = key()
        if deleted.contains(where: { $0.contains(key) }) || !written.insert(key).inserted { continue }
        let value = [UInt8](repeating: UInt8(number(below: 256)), count: number(below: 40))
        operations.append(.put(PutRequest(key: key, value: value, returnsPrevious: number(below: 2) == 0)))
      case 6, 7:
        let keys = number(below: 4) == 0 ? keys() : .key(key())
        // Without an end it may meet a put.
        if keys.end != nil {
          if written.contains(where: keys.contains) { continue }
          deleted.append(keys)
        }
        operations.append(.delete(DeleteRequest(keys: keys, returnsPrevious: number(below: 2) == 0)))
      default:
        operations.append(.range(RangeRequest(keys(), limit: number(below: 2) == 0 ? nil : 3)))
      }
    }
    return operations
  }
}
