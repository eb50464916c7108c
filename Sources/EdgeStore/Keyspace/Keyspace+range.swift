extension Keyspace {
  package func range(_ request: RangeRequest) throws(StoreError) -> RangeResponse {
    try request.keys.validate()
    try check(request.revision)
    return try answer(request, hasPendingChanges: false)
  }

  /// Refuses revisions that are not here yet or no more. Zero means now, as in etcd.
  func check(_ asked: Revision?) throws(StoreError) {
    guard let asked, asked > .zero else { return }
    if asked > revision { throw .future(asked, current: revision) }
    if asked < compactedRevision { throw .compacted(asked, compactedRevision: compactedRevision) }
  }

  /// - Parameter hasPendingChanges: whether a transaction has already changed ``live`` beyond ``revision``.
  func answer(_ request: RangeRequest, hasPendingChanges: Bool) throws(StoreError) -> RangeResponse {
    let asked = request.revision ?? .zero
    let isCurrent = asked <= .zero || (asked == revision && !hasPendingChanges)
    // The limit counts what is left after sorting and leaving out; only without those may the walk stop early.
    let walksAll = request.order != nil || request.modRevisions != .any || request.createRevisions != .any
    let walkLimit = walksAll || request.effectiveLimit == .max ? .max : request.effectiveLimit
    var versions: [StoredVersion] = []
    let count: Int
    if !isCurrent {
      (versions, count) = try pastVersions(in: request, limit: walkLimit, at: asked)
    } else {
      count = currentCount(in: request.keys)
      if let key = request.keys.singleKey {
        if let version = live[key], !request.countOnly { versions = [version] }
      } else if !request.countOnly {
        versions = currentVersions(in: request.keys, count: min(count, walkLimit))
      }
    }
    var more = !request.countOnly && versions.count < count
    if walksAll {
      versions.removeAll { version in
        !request.modRevisions.contains(version.keyValue.modRevision)
          || !request.createRevisions.contains(version.keyValue.createRevision)
      }
    }
    let needsValues = !request.keysOnly || request.order?.target == .value
    var kvs: [KeyValue] = []
    kvs.reserveCapacity(versions.count)
    for version in versions { kvs.append(needsValues ? try keyValue(of: version) : version.keyValue) }
    if walksAll {
      request.order?.sort(&kvs)
      more = kvs.count > request.effectiveLimit
      if more { kvs.removeSubrange(request.effectiveLimit...) }
    }
    if request.keysOnly { for index in kvs.indices { kvs[index].value = [] } }
    return RangeResponse(kvs: kvs, count: count, more: more, revision: hasPendingChanges ? revision.next : revision)
  }

  func currentCount(in keys: KeyRange) -> Int {
    if let key = keys.singleKey { return live[key] == nil ? 0 : 1 }
    return max(0, (keys.end.map(live.rank) ?? live.count) - live.rank(of: keys.start))
  }

  func currentVersions(in keys: KeyRange) -> [StoredVersion] {
    if let key = keys.singleKey { return live[key].map { [$0] } ?? [] }
    return currentVersions(in: keys, count: currentCount(in: keys))
  }

  private func currentVersions(in keys: KeyRange, count: Int) -> [StoredVersion] {
    var versions: [StoredVersion] = []
    versions.reserveCapacity(count)
    var elements = live.elements(from: keys.start)
    while versions.count < count, let (_, version) = elements.next() { versions.append(version) }
    return versions
  }

  /// Walks the union of current keys and keys with a past; which of them existed then shows only one by one. Further back
  /// than memory reaches, the answer is that of the oldest moment in memory with the changes on the disk undone.
  private func pastVersions(
    in request: RangeRequest, limit: Int, at revision: Revision
  ) throws(StoreError) -> ([StoredVersion], Int) {
    let isSpilled = isSpilled(revision)
    let reachable = isSpilled ? Revision(rawValue: spillFloor.rawValue - 1) : revision
    var undone: OrderedMap<StoreKey, StoredVersion?> = OrderedMap()
    if isSpilled, let source {
      let found = try source.versions(
        of: request.keys, at: revision, changedBefore: spillFloor,
        withValues: !request.countOnly && (!request.keysOnly || request.order?.target == .value))
      for (key, version) in found { undone.updateValue(version, forKey: key) }
    }
    let end = request.keys.end
    var versions: [StoredVersion] = []
    var count = 0
    var currentElements = live.elements(from: request.keys.start)
    var undoneElements = undone.elements(from: request.keys.start)
    var current = currentElements.next()
    var older = undoneElements.next()
    var past = history.firstKey(notBefore: request.keys.start)
    while let key = [current?.key, older?.key, past].compactMap({ $0 }).min(), end.map({ key < $0 }) ?? true {
      let version = older?.key == key ? older?.value : version(of: key, at: reachable)
      if let version {
        count += 1
        if !request.countOnly && versions.count < limit { versions.append(version) }
      }
      if request.keys.singleKey != nil { break }
      if current?.key == key { current = currentElements.next() }
      if older?.key == key { older = undoneElements.next() }
      if past == key { past = history.firstKey(notBefore: key.successor) }
    }
    return (versions, count)
  }

  private func version(of key: StoreKey, at revision: Revision) -> StoredVersion? {
    if let current = live[key], current.keyValue.modRevision <= revision { return current }
    return history.version(of: key, at: revision)
  }
}

extension RangeRequest {
  fileprivate var effectiveLimit: Int { limit.map { $0 > 0 ? $0 : .max } ?? .max }
}
