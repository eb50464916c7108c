extension Keyspace {
  package func range(_ request: RangeRequest) throws(StoreError) -> RangeResponse {
    try request.keys.validate()
    try check(request.revision)
    return try answer(request, hasPendingChanges: false)
  }

  /// The answer when memory alone can give it, else nil.
  package func rangeInMemory(_ request: RangeRequest) throws(StoreError) -> RangeResponse? {
    try request.keys.validate()
    try check(request.revision)
    if let asked = request.revision, asked > .zero, readsDisk(at: asked) { return nil }
    let (versions, count) = try versions(for: request, hasPendingChanges: false)
    guard !request.needsValues || versions.allSatisfy(\.isResident) else { return nil }
    return try answer(request, with: versions, count: count, hasPendingChanges: false)
  }

  /// Refuses revisions that are not here yet or no more. Zero means now, as in etcd.
  func check(_ asked: Revision?) throws(StoreError) {
    guard let asked, asked > .zero else { return }
    if asked > revision { throw .future(asked, current: revision) }
    if asked < compactedRevision { throw .compacted(asked, compactedRevision: compactedRevision) }
  }

  /// - Parameter hasPendingChanges: whether a transaction has already changed ``live`` beyond ``revision``.
  func answer(_ request: RangeRequest, hasPendingChanges: Bool) throws(StoreError) -> RangeResponse {
    let (versions, count) = try versions(for: request, hasPendingChanges: hasPendingChanges)
    return try answer(request, with: versions, count: count, hasPendingChanges: hasPendingChanges)
  }

  /// The versions that the answer is made of, before sorting and leaving out, and how many keys there are in all.
  private func versions(
    for request: RangeRequest, hasPendingChanges: Bool
  ) throws(StoreError) -> ([StoredVersion], count: Int) {
    let asked = request.revision ?? .zero
    // The limit counts what is left after sorting and leaving out; only without those may the walk stop early.
    let walkLimit = request.walksAll ? .max : request.effectiveLimit
    guard asked <= .zero || (asked == revision && !hasPendingChanges) else {
      return try pastVersions(in: request, limit: walkLimit, at: asked)
    }
    if let key = request.keys.singleKey {
      guard let version = live[key] else { return ([], 0) }
      return (request.countOnly ? [] : [version], 1)
    }
    let count = currentCount(in: request.keys)
    return (request.countOnly ? [] : currentVersions(in: request.keys, count: min(count, walkLimit)), count)
  }

  private func answer(
    _ request: RangeRequest, with found: [StoredVersion], count: Int, hasPendingChanges: Bool
  ) throws(StoreError) -> RangeResponse {
    var more = !request.countOnly && found.count < count
    let versions =
      request.walksAll
      ? found.filter {
        request.modRevisions.contains($0.keyValue.modRevision)
          && request.createRevisions.contains($0.keyValue.createRevision)
      } : found
    var kvs = request.needsValues ? try keyValues(of: versions) : versions.map(\.keyValue)
    if request.walksAll {
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
        withValues: request.needsValues)
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

  /// Whether every version must be looked at before the limit cuts.
  fileprivate var walksAll: Bool { order != nil || modRevisions != .any || createRevisions != .any }

  fileprivate var needsValues: Bool { !countOnly && (!keysOnly || order?.target == .value) }
}
