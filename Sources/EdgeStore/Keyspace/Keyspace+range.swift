extension Keyspace {
  package func range(_ request: RangeRequest) throws(StoreError) -> RangeResponse {
    try request.keys.validate()
    try check(request.revision, of: request.keys)
    return try answer(request, pending: [])
  }

  /// The answer when memory alone can give it, else nil.
  package func rangeInMemory(_ request: RangeRequest) throws(StoreError) -> RangeResponse? {
    try request.keys.validate()
    try check(request.revision, of: request.keys)
    if let asked = request.revision, asked > .zero, readsDisk(at: asked) { return nil }
    var (versions, count) = try versions(for: request, pending: [])
    if request.needsValues, !versions.allSatisfy(\.isResident) {
      guard versions.count <= Self.lookedUpOneByOne, let source else { return nil }
      for index in versions.indices where !versions[index].isResident {
        guard let value = source.valueInMemory(of: versions[index].id) else { return nil }
        versions[index].bringBack(value)
      }
    }
    return try answer(request, with: versions, count: count, at: revision)
  }

  /// Of more values than these, some are not in memory anyway.
  private static let lookedUpOneByOne = 8

  /// What the answer to a read of a single key in the present needs of the disk.
  package func absentVersion(for request: RangeRequest) -> VersionID? {
    guard request.needsValues, request.revision ?? .zero <= .zero, let key = request.keys.singleKey,
      let version = live[key], !version.isResident
    else { return nil }
    return version.id
  }

  /// Refuses revisions that are not here yet or no more. Zero means now, as in etcd.
  func check(_ asked: Revision?, of keys: KeyRange) throws(StoreError) {
    guard let asked, asked > .zero else { return }
    if asked > revision { throw .future(asked, current: revision) }
    let oldest = oldestReadable(of: keys)
    if asked < oldest { throw .compacted(asked, compactedRevision: oldest) }
  }

  /// - Parameter pending: how a transaction has already changed ``live`` beyond ``revision``.
  func answer(_ request: RangeRequest, pending: [Change]) throws(StoreError) -> RangeResponse {
    let (versions, count) = try versions(for: request, pending: pending)
    return try answer(request, with: versions, count: count, at: pending.isEmpty ? revision : revision.next)
  }

  /// The versions that the answer is made of, before sorting and leaving out, and how many keys there are in all.
  private func versions(
    for request: RangeRequest, pending: [Change]
  ) throws(StoreError) -> ([StoredVersion], count: Int) {
    let asked = request.revision ?? .zero
    // The limit counts what is left after sorting and leaving out; only without those may the walk stop early.
    let walkLimit = request.walksAll ? .max : request.effectiveLimit
    guard asked <= .zero || (asked == revision && pending.isEmpty) else {
      return try pastVersions(in: request, limit: walkLimit, at: asked, pending: pending)
    }
    if let key = request.keys.singleKey {
      guard let version = live[key] else { return ([], 0) }
      return (request.countOnly ? [] : [version], 1)
    }
    let count = currentCount(in: request.keys)
    return (request.countOnly ? [] : currentVersions(in: request.keys, count: min(count, walkLimit)), count)
  }

  private func answer(
    _ request: RangeRequest, with found: [StoredVersion], count: Int, at revision: Revision
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
    return RangeResponse(kvs: kvs, count: count, more: more, revision: revision)
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
    var walk = live.versions(from: keys.start)
    while versions.count < count, let version = walk.next() { versions.append(version) }
    return versions
  }

  /// The present with what has changed since undone, key by key: from the log, and further back than memory reaches from
  /// the disk.
  private func pastVersions(
    in request: RangeRequest, limit: Int, at revision: Revision, pending: [Change]
  ) throws(StoreError) -> ([StoredVersion], Int) {
    var undone: [StoreKey: StoredVersion?] = [:]
    if isSpilled(revision), let source {
      undone = try source.versions(
        of: request.keys, at: revision, changedBefore: spillFloor, withValues: request.needsValues)
    }
    history.undo(request.keys, to: revision, into: &undone)
    pending.undo(request.keys, into: &undone)
    if let key = request.keys.singleKey {
      guard let version = undone[key] ?? live[key] else { return ([], 0) }
      return (request.countOnly ? [] : [version], 1)
    }
    var versions: [StoredVersion] = []
    var count = 0
    func add(_ version: StoredVersion) {
      count += 1
      if !request.countOnly && versions.count < limit { versions.append(version) }
    }
    var older = undone.sorted { $0.key < $1.key }[...]
    var walk = live.versions(from: request.keys.start)
    let end = request.keys.end
    while let version = walk.next(), end.map({ version.key < $0 }) ?? true {
      let key = version.key
      while let first = older.first, first.key < key {
        if let version = first.value { add(version) }
        older.removeFirst()
      }
      if let first = older.first, first.key == key {
        if let version = first.value { add(version) }
        older.removeFirst()
      } else {
        add(version)
      }
    }
    for case (_, let version?) in older { add(version) }
    return (versions, count)
  }
}

extension RangeRequest {
  fileprivate var effectiveLimit: Int { limit.map { $0 > 0 ? $0 : .max } ?? .max }

  /// Whether every version must be looked at before the limit cuts.
  fileprivate var walksAll: Bool { order != nil || modRevisions != .any || createRevisions != .any }

  fileprivate var needsValues: Bool { !countOnly && (!keysOnly || order?.target == .value) }
}
