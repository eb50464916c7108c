#if Networking
import EdgePrimitives
import EtcdAPI

/// Reproducible requests, many of them odd, over a few keys, so that they meet often.
///
/// Left out is what etcd does not survive (orders and alarms that it does not know), what takes time (leases that end), and what
/// its releases before 3.5 answer differently.
struct DifferentialTraffic {
  enum Call {
    case range(Etcd.RangeRequest)
    case put(Etcd.PutRequest)
    case delete(Etcd.DeleteRangeRequest)
    case transaction(Etcd.TransactionRequest)
    case compact(Etcd.CompactionRequest)
    case grant(Etcd.LeaseGrantRequest)
    case revoke(Etcd.LeaseRevokeRequest)
    case keepAlive(Etcd.LeaseKeepAliveRequest)
    case timeToLive(Etcd.LeaseTimeToLiveRequest)
    case leases
    case watch(Etcd.WatchCreateRequest)
    case cancelWatch(Int64)

    var isOfWatches: Bool {
      switch self {
      case .watch, .cancelWatch: true
      default: false
      }
    }
  }

  private let entropy: SeededEntropy
  /// Where the stores stand.
  var revision: Int64 = 1
  var compacted: Int64 = 0

  init(seed: UInt64) { entropy = SeededEntropy(seed: seed) }

  func next() -> Call {
    switch number(below: 100) {
    case 0..<26: .range(range())
    case 26..<45: .put(put())
    case 45..<52: .delete(deletion())
    case 52..<76: .transaction(transaction(depth: 0))
    case 76..<78: .compact(.init(revision: compactionTarget()))
    case 78..<81: .grant(.init(ttl: pick([600, 3600, 9_000_000_000, 9_000_000_001, .max]), id: pick([5, 6, 7, -3])))
    case 81..<83: .revoke(.init(id: lease()))
    case 83..<85: .keepAlive(.init(id: lease()))
    case 85..<87: .timeToLive(.init(id: lease(), keys: chance(2)))
    case 87: .leases
    case 88..<96: .watch(watch())
    default: .cancelWatch(pick([0, 1, 2, 3, 10, -1, 77]))
    }
  }

  // MARK: - Choices

  private func number(below bound: Int) -> Int { Int(entropy.next(below: UInt64(bound))) }
  private func chance(_ oneIn: Int) -> Bool { number(below: oneIn) == 0 }
  private func pick<Element>(_ choices: [Element]) -> Element { choices[number(below: choices.count)] }
  private func many<Element>(_ most: Int, _ make: () -> Element) -> [Element] {
    (0..<number(below: most + 1)).map { _ in make() }
  }

  private func key() -> [UInt8] {
    if chance(40) { return [] }
    return pick([
      [97], [98], [99], [97, 97], [97, 98], [98, 0], [0], [255], [255, 255], [100, 47, 49], [100, 47, 50],
      [0, 0], [97, 0], [97, 255], [255, 0], .init(repeating: 101, count: 300),
    ])
  }

  private func end(of key: [UInt8]) -> [UInt8] {
    pick([[], [], [], [0], [0], [122], self.key(), key + [0], key, [0, 0], [100, 48], [255], [98]])
  }

  private func lease() -> Int64 { pick([0, 0, 0, 5, 5, 6, 7, -3, 1234]) }

  /// Never 0, which etcd takes as long as nothing was compacted, but only once, and forgets that when it ends.
  private func compactionTarget() -> Int64 {
    let target = pick([revision, revision - 3, revision + 5, compacted, -1, -7, .max])
    return target == 0 ? 1 : target
  }

  private func past() -> Int64 {
    pick([
      0, 0, 0, revision, revision - 1, revision - Int64(number(below: 8)), revision + 1, 1, -1, -9, compacted,
      compacted - 1, .max, .min,
    ])
  }

  private func bound() -> Int64 {
    pick([0, 0, 0, 0, 0, revision, revision - Int64(number(below: 6)), 1, -1, .max])
  }

  // MARK: - Requests

  private func range() -> Etcd.RangeRequest {
    let key = key()
    var range = Etcd.RangeRequest(
      key: key, rangeEnd: end(of: key), limit: pick([0, 0, 0, 1, 2, 3, -1, -5, .max / 2]), revision: past(),
      sortOrder: pick([.none, .none, .ascending, .descending]),
      sortTarget: pick([.key, .key, .version, .createRevision, .modRevision, .value]), serializable: chance(3),
      keysOnly: chance(5), countOnly: chance(7), minimumModRevision: bound(), maximumModRevision: bound(),
      minimumCreateRevision: bound(), maximumCreateRevision: bound())
    // etcd gives equals in any order where there are more than 12, so a limit may leave others. Without an order it sorts as many
    // as the limit says, unless bounds have it look at all.
    if range.sortTarget != .key && (range.sortOrder != .none || range.limit > 10 || chance(2)) {
      range.limit = 0
    } else if range.sortTarget != .key {
      (range.minimumModRevision, range.maximumModRevision) = (0, 0)
      (range.minimumCreateRevision, range.maximumCreateRevision) = (0, 0)
    }
    return range
  }

  private func put() -> Etcd.PutRequest {
    let (keepsValue, keepsLease) = (chance(12), chance(12))
    return Etcd.PutRequest(
      key: key(),
      value: keepsValue && !chance(4) ? [] : pick([[], [118], [119], [0, 255], .init(repeating: 7, count: 200)]),
      // A put that is refused for both its lease and its key is told the one by etcd, and a transaction the other.
      lease: keepsLease && chance(4) ? 5 : keepsLease || keepsValue ? 0 : lease(), previousKV: chance(2),
      ignoreValue: keepsValue, ignoreLease: keepsLease)
  }

  private func deletion() -> Etcd.DeleteRangeRequest {
    let key = key()
    let end = end(of: key)
    return Etcd.DeleteRangeRequest(key: key, rangeEnd: end == [0] && chance(2) ? [] : end, previousKV: chance(2))
  }

  private func comparison() -> Etcd.Comparison {
    var comparison = Etcd.Comparison()
    comparison.key = key()
    if chance(4) { comparison.rangeEnd = end(of: comparison.key) }
    comparison.result = .init(rawValue: chance(9) ? pick([9, -1]) : Int32(number(below: 4)))
    comparison.target = .init(rawValue: chance(9) ? pick([7, -2]) : Int32(number(below: 5)))
    let operand = pick([0, 1, 2, revision, revision - Int64(number(below: 5)), -1])
    // Now and then one that is none of its target's.
    switch chance(6) ? Int32(number(below: 6)) : comparison.target.rawValue {
    case 0: comparison.operand = .version(operand)
    case 1: comparison.operand = .createRevision(operand)
    case 2: comparison.operand = .modRevision(operand)
    case 3: comparison.operand = .value(pick([[], [118], [119]]))
    case 4: comparison.operand = .lease(lease())
    default: break
    }
    return comparison
  }

  /// What is refused would end most transactions, so it is rare inside of them.
  private func operation(depth: Int) -> Etcd.RequestOperation {
    let isWild = chance(12)
    switch number(below: depth < 3 ? 100 : 80) {
    case 0: return chance(3) ? .unknown : .transaction(.init())
    case 1..<30:
      var range = range()
      if !isWild {
        if range.key.isEmpty { range.key = [97] }
        if range.revision < max(compacted, 1) || range.revision > revision { range.revision = 0 }
      }
      return .range(range)
    case 30..<62:
      var put = put()
      if !isWild {
        // Of its own, so that it is put once.
        put.key = (put.key.isEmpty ? [97] : put.key) + [UInt8(number(below: 256))]
        put.lease = 0
        (put.ignoreValue, put.ignoreLease) = (false, false)
      }
      return .put(put)
    case 62..<80:
      var deletion = deletion()
      if !isWild && deletion.key.isEmpty { deletion.key = [97] }
      return .deleteRange(deletion)
    default: return .transaction(transaction(depth: depth + 1))
    }
  }

  private func transaction(depth: Int) -> Etcd.TransactionRequest {
    var comparisons = many(3) { comparison() }
    if !chance(8) {
      for index in comparisons.indices where comparisons[index].key.isEmpty { comparisons[index].key = [98] }
    }
    var request = Etcd.TransactionRequest(
      comparisons: comparisons, success: many(4) { operation(depth: depth) },
      failure: many(2) { operation(depth: depth) })
    if chance(60) {
      request.success = (0..<pick([127, 128, 129])).map { .put(.init(key: [109, UInt8($0)], value: [1])) }
    }
    return request
  }

  private func watch() -> Etcd.WatchCreateRequest {
    let key = key()
    var start = max(past(), 0)
    // An etcd before 3.4.36 and 3.5.18 has lost a deletion that stands at the very revision it is compacted to.
    if start == compacted, start > 0 { start += 1 }
    return Etcd.WatchCreateRequest(
      key: key, rangeEnd: end(of: key), startRevision: start,
      filters: pick([[], [], [.noPut], [.noDelete], [.noPut, .noDelete], [.init(rawValue: 5)]]),
      // Of what is compacted etcd tells in silence what is left.
      previousKV: chance(3), watchID: pick([0, 0, 0, 1, 2, 3, 10, -1, .max]), fragment: chance(5))
  }
}
#endif
