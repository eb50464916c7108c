import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import EdgeStore

/// What must be true of an object for it to be deleted.
public struct Preconditions: Hashable, Sendable {
  public var uid: String?
  public var resourceVersion: String?

  public init(uid: String? = nil, resourceVersion: String? = nil) {
    self.uid = uid
    self.resourceVersion = resourceVersion
  }
}

/// What happens to the dependents of a deleted object.
public enum DeletionPropagation: String, Hashable, Sendable {
  /// They are deleted after it.
  case background = "Background"
  /// They stay and lose their reference to it.
  case orphan = "Orphan"
}

/// Where a deletion stands when the call returns.
public struct Deletion: Sendable {
  /// The object's last state, with the resource version of this step.
  public let object: UnstructuredObject
  /// False when the object only got its deletion timestamp and waits for its node agent or its finalizers.
  public let isRemoved: Bool
}

extension ObjectRegistry {
  /// Deletes an object.
  ///
  /// - A pod bound to a node is asked to end first: it gets a deletion timestamp and a grace period, and goes when its
  ///   node agent deletes it with grace 0. Pods that are not bound or have ended, and all other kinds, go at once.
  /// - An object with finalizers gets a deletion timestamp and goes when the last finalizer is removed.
  /// - `gracePeriodSeconds: 0` forces: the pod goes at once whatever its node is doing; finalizers still hold it.
  ///
  /// - Parameter gracePeriodSeconds: nil takes `spec.terminationGracePeriodSeconds`, else 30.
  /// - Returns: the object's last state.
  /// - Throws: ``APIError/Code/notFound``, ``APIError/Code/conflict`` when a precondition does not hold.
  @discardableResult
  public func delete(
    _ key: ObjectKey, preconditions: Preconditions = Preconditions(), gracePeriodSeconds: Int64? = nil,
    propagation: DeletionPropagation = .background
  ) async throws(APIError) -> UnstructuredObject {
    try await beginDeletion(
      key, preconditions: preconditions, gracePeriodSeconds: gracePeriodSeconds, propagation: propagation
    ).object
  }

  /// ``delete(_:preconditions:gracePeriodSeconds:propagation:)`` that also tells whether the object is gone.
  public func beginDeletion(
    _ key: ObjectKey, preconditions: Preconditions = Preconditions(), gracePeriodSeconds: Int64? = nil,
    propagation: DeletionPropagation = .background
  ) async throws(APIError) -> Deletion {
    let type = try resourceType(of: key.resource)
    let strategy = ResourceStrategy(type)
    if let grace = gracePeriodSeconds, grace < 0 {
      throw APIError(.badRequest, "gracePeriodSeconds must not be negative")
    }
    while true {
      guard let stored = try await read(key) else { throw .notFound(key) }
      let current = stored.object
      try check(preconditions, current, key)
      _ = try await admitted(current, .delete, key: key, subresource: nil, current: current)
      if propagation == .orphan { try await orphanDependents(of: current) }

      let grace = strategy.deletesGracefully ? Self.grace(of: current, asked: gracePeriodSeconds) : 0
      if grace == 0 && current.metadata.finalizers.isEmpty {
        if let removed = try await removeStored(key, stored, as: current) {
          return Deletion(object: removed, isRemoved: true)
        }
        continue
      }
      guard let marked = Self.marked(current, grace: grace, now: clock.now()) else {
        return Deletion(object: current, isRemoved: false)
      }
      let response = try await commit(
        Transaction(
          compares: [.modRevision(of: RegistryKey.storeKey(key), .equal, stored.revision)],
          success: [.put(RegistryKey.storeKey(key), StoredObject.bytes(of: marked))]))
      guard response.succeeded else { continue }
      var result = marked
      result.metadata.resourceVersion = String(response.revision.rawValue)
      return Deletion(object: result, isRemoved: false)
    }
  }

  /// Takes the object out of the store and collects its dependents.
  /// - Returns: nil when another writer was faster.
  func removeStored(
    _ key: ObjectKey, _ stored: StoredObject, as last: UnstructuredObject
  ) async throws(APIError) -> UnstructuredObject? {
    let response = try await commit(
      Transaction(
        compares: [.modRevision(of: RegistryKey.storeKey(key), .equal, stored.revision)],
        success: [.delete(.key(RegistryKey.storeKey(key)))] + OwnerIndex.removals(stored.object, key)))
    guard response.succeeded else { return nil }
    var removed = last
    removed.metadata.resourceVersion = String(response.revision.rawValue)
    // The object is gone whatever becomes of this; `collectGarbage()` finds what a failure here leaves behind.
    try? await collectGarbage(after: removed)
    return removed
  }

  private func check(
    _ preconditions: Preconditions, _ current: UnstructuredObject, _ key: ObjectKey
  ) throws(APIError) {
    if let uid = preconditions.uid, uid != current.metadata.uid {
      throw .conflict(
        key,
        "Precondition failed: UID in precondition: \(uid), UID in object meta: \(current.metadata.uid ?? "")")
    }
    if let version = preconditions.resourceVersion, version != current.metadata.resourceVersion {
      throw .conflict(
        key,
        "Precondition failed: ResourceVersion in precondition: \(version), "
          + "ResourceVersion in object meta: \(current.metadata.resourceVersion ?? "")")
    }
  }

  /// Nobody needs to be waited for when no node agent knows the pod or its containers have ended.
  private static func grace(of pod: UnstructuredObject, asked: Int64?) -> Int64 {
    let spec = pod.content["spec"]
    if spec?["nodeName"]?.stringValue?.isEmpty ?? true { return 0 }
    if ["Succeeded", "Failed"].contains(pod.content["status"]?["phase"]?.stringValue) { return 0 }
    return max(0, asked ?? spec?["terminationGracePeriodSeconds"]?.integerValue ?? 30)
  }

  /// The object with its deletion timestamp, or nil when it already has one that is not later.
  private static func marked(_ current: UnstructuredObject, grace: Int64, now: Timestamp) -> UnstructuredObject? {
    let present = current.metadata.deletionTimestamp
    if present != nil && (current.metadata.deletionGracePeriodSeconds ?? 0) <= grace { return nil }
    var marked = current
    marked.metadata.deletionTimestamp = present.map { min($0, now + .seconds(grace)) } ?? now + .seconds(grace)
    marked.metadata.deletionGracePeriodSeconds = grace
    if let generation = current.metadata.generation { marked.metadata.generation = generation + 1 }
    return marked
  }
}
