import EdgeAPIModels
import EdgeStore

/// Dependents go with the last of their owners (`metadata.ownerReferences`).
///
/// A deletion collects at once. What a crash between an owner's deletion and its collection leaves behind is found by
/// ``ObjectRegistry/collectGarbage()``, which a control plane calls when it starts.
extension ObjectRegistry {
  /// Deletes the dependents of an object that is gone, and theirs in turn.
  public func collectGarbage(after deleted: UnstructuredObject) async throws(APIError) {
    guard let uid = deleted.metadata.uid, !uid.isEmpty else { return }
    for key in try await indexedKeys(OwnerIndex.range(uid: uid)) { try await collect(key) }
  }

  /// Looks at every object that has an owner and deletes those whose owners are all gone.
  /// - Complexity: one read for each object with owners and one for each of its owners.
  public func collectGarbage() async throws(APIError) {
    for key in try await indexedKeys(.prefix(StoreKey(OwnerIndex.root))) { try await collect(key) }
  }

  /// Removes the references to an owner from its dependents, so that they outlive it.
  func orphanDependents(of owner: UnstructuredObject) async throws(APIError) {
    guard let uid = owner.metadata.uid, !uid.isEmpty else { return }
    for key in try await indexedKeys(OwnerIndex.range(uid: uid)) {
      do {
        try await mutate(key) { object in
          object.metadata.ownerReferences.removeAll { $0.uid == uid }
          return true
        }
      } catch  where error.code == .notFound {
        continue
      }
    }
  }

  /// True when an object has owners and none of them exists any more.
  func lostAllOwners(_ object: UnstructuredObject) async throws(APIError) -> Bool {
    let owners = object.metadata.ownerReferences
    guard !owners.isEmpty else { return false }
    for owner in owners where try await exists(owner, namespace: object.metadata.namespace) { return false }
    return true
  }

  func removeOrphan(_ key: ObjectKey, uid: String?) async throws(APIError) {
    do {
      try await delete(key, preconditions: Preconditions(uid: uid))
    } catch  where error.code == .notFound || error.code == .conflict {
      // Another collector was faster, or the name was taken anew.
    }
  }

  private func collect(_ key: ObjectKey) async throws(APIError) {
    guard let stored = try await read(key), stored.object.metadata.deletionTimestamp == nil,
      try await lostAllOwners(stored.object)
    else { return }
    try await removeOrphan(key, uid: stored.object.metadata.uid)
  }

  /// An owner of a kind that is not served here is beyond judgement and counts as present.
  private func exists(_ owner: OwnerReference, namespace: String?) async throws(APIError) -> Bool {
    guard let kind = GroupVersionKind(apiVersion: owner.apiVersion, kind: owner.kind),
      let type = catalog.type(for: kind)
    else { return true }
    let key = ObjectKey(
      resource: type.groupResource, namespace: type.isNamespaced ? namespace : nil, name: owner.name)
    return try await read(key)?.object.metadata.uid == owner.uid
  }

  private func indexedKeys(_ range: KeyRange) async throws(APIError) -> [ObjectKey] {
    do {
      let response = try await store.range(RangeRequest(range, keysOnly: true))
      return response.kvs.compactMap { OwnerIndex.dependent(of: $0.key, in: catalog) }
    } catch {
      throw APIError(error)
    }
  }
}
