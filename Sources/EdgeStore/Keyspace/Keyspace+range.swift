extension Keyspace {
  package func range(_ request: RangeRequest) throws(StoreError) -> RangeResponse {
    try request.keys.validate()
    try check(request.revision)
    return answer(request, hasPendingChanges: false)
  }

  /// Refuses revisions that are not here yet or no more. Zero means now, as in etcd.
  func check(_ asked: Revision?) throws(StoreError) {
    guard let asked, asked > .zero else { return }
    if asked > revision { throw .future(asked, current: revision) }
    if asked < compactedRevision { throw .compacted(asked, compactedRevision: compactedRevision) }
  }

  /// - Parameter hasPendingChanges: whether a transaction has already changed ``live`` beyond ``revision``.
  func answer(_ request: RangeRequest, hasPendingChanges: Bool) -> RangeResponse {
    let asked = request.revision ?? .zero
    let isCurrent = asked <= .zero || (asked == revision && !hasPendingChanges)
    var kvs: [KeyValue] = []
    let count: Int
    if let key = request.keys.singleKey {
      let found = isCurrent ? live[key] : version(of: key, at: asked)
      if let found, !request.countOnly { kvs = [found.keyValue] }
      count = found == nil ? 0 : 1
    } else if isCurrent {
      count = currentCount(in: request.keys)
      kvs = currentVersions(in: request, count: count)
    } else {
      (kvs, count) = pastVersions(in: request, at: asked)
    }
    if let limit = request.limit, limit > 0, kvs.count > limit { kvs.removeSubrange(limit...) }
    if request.keysOnly { for index in kvs.indices { kvs[index].value = [] } }
    return RangeResponse(
      kvs: kvs, count: count, more: !request.countOnly && kvs.count < count, revision: revision)
  }

  func currentCount(in keys: KeyRange) -> Int {
    if let key = keys.singleKey { return live[key] == nil ? 0 : 1 }
    return max(0, (keys.end.map(live.rank) ?? live.count) - live.rank(of: keys.start))
  }

  private func currentVersions(in request: RangeRequest, count: Int) -> [KeyValue] {
    if request.countOnly { return [] }
    let wanted = request.limit.map { $0 > 0 ? min($0, count) : count } ?? count
    var kvs: [KeyValue] = []
    kvs.reserveCapacity(wanted)
    var elements = live.elements(from: request.keys.start)
    while kvs.count < wanted, let (_, version) = elements.next() { kvs.append(version.keyValue) }
    return kvs
  }

  /// Walks the union of current keys and keys with a past; which of them existed then shows only one by one.
  private func pastVersions(in request: RangeRequest, at revision: Revision) -> ([KeyValue], Int) {
    let limit = request.limit.map { $0 > 0 ? $0 : .max } ?? .max
    let end = request.keys.end
    var kvs: [KeyValue] = []
    var count = 0
    var elements = live.elements(from: request.keys.start)
    var current = elements.next()
    var past = history.firstKey(notBefore: request.keys.start)
    while let key = [current?.key, past].compactMap({ $0 }).min(), end.map({ key < $0 }) ?? true {
      if let version = version(of: key, at: revision) {
        count += 1
        if !request.countOnly && kvs.count < limit { kvs.append(version.keyValue) }
      }
      if current?.key == key { current = elements.next() }
      if past == key { past = history.firstKey(notBefore: key.successor) }
    }
    return (kvs, count)
  }

  private func version(of key: StoreKey, at revision: Revision) -> StoredVersion? {
    if let current = live[key], current.keyValue.modRevision <= revision { return current }
    return history.version(of: key, at: revision)
  }
}
