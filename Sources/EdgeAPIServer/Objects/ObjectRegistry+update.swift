import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import EdgeStore

extension ObjectRegistry {
  /// Replaces an object (or with `.status` only its status).
  ///
  /// When it carries a resource version or uid they must match. For kinds with a status subresource the main update
  /// keeps the stored status and the status update keeps all else. The generation rises when anything but metadata and
  /// status changed. An update that changes nothing writes nothing.
  /// - Returns: the object as stored.
  /// - Throws: ``APIError/Code/conflict``, ``APIError/Code/notFound``, ``APIError/Code/invalid``.
  @discardableResult
  public func update(_ object: UnstructuredObject, subresource: Subresource? = nil) async throws(APIError)
    -> UnstructuredObject
  {
    let type = try resourceType(of: object)
    var placed = object
    try place(&placed, type)
    let proposed = placed
    return try await rewrite(key(of: placed), subresource: subresource) { _ in proposed }
  }

  /// Reads, lets `change` edit and writes, again from the start when another writer was faster.
  /// - Parameter change: returns false to leave the object as it is. It may run several times.
  /// - Returns: the object as stored.
  @discardableResult
  public func mutate(
    _ key: ObjectKey, subresource: Subresource? = nil,
    _ change: (inout UnstructuredObject) throws(APIError) -> Bool
  ) async throws(APIError) -> UnstructuredObject {
    try await rewrite(key, subresource: subresource) { (current) throws(APIError) in
      var edited = current
      return try change(&edited) ? edited : nil
    }
  }

  /// Applies an RFC 7386 merge patch, ``ObjectPatch/merge(_:)``.
  @discardableResult
  public func patch(
    _ key: ObjectKey, _ patch: JSONValue, subresource: Subresource? = nil, version: String? = nil
  ) async throws(APIError) -> UnstructuredObject {
    try await self.patch(key, .merge(patch), subresource: subresource, version: version)
  }

  /// Applies a patch to the object as it stands; one that names a resource version only to that.
  /// - Parameter version: the version of the form the patch is written for; nil is the storage version.
  /// - Throws: ``APIError/Code/badRequest`` for a patch that is none, ``APIError/Code/invalid`` for one that does not fit
  ///   the object (a test that fails, a path that leads nowhere), ``APIError/Code/unsupportedMediaType`` for a strategic
  ///   patch of a custom kind, and as ``update(_:subresource:)``.
  @discardableResult
  public func patch(
    _ key: ObjectKey, _ patch: ObjectPatch, subresource: Subresource? = nil, version: String? = nil
  ) async throws(APIError) -> UnstructuredObject {
    let type = try resourceType(of: key.resource)
    let schema = type.builtInSchema(version: version ?? type.gvk.version)
    return try await edit(key, subresource: subresource, version: version) { (document) throws(APIError) in
      try patch.applied(to: document, schema: schema)
    }
  }

  /// Edits the JSON form of one version.
  func edit(
    _ key: ObjectKey, subresource: Subresource?, version: String?,
    _ change: (JSONValue) throws(APIError) -> JSONValue
  ) async throws(APIError) -> UnstructuredObject {
    try await rewrite(key, subresource: subresource) { (current) throws(APIError) in
      let form = try converted(current, to: version ?? current.gvk.version)
      guard let content = try change(.object(form.content)).objectValue else {
        throw .unusablePatch(form.gvk, key, "it does not leave an object")
      }
      do {
        return try UnstructuredObject(content: content)
      } catch {
        throw .unusablePatch(form.gvk, key, "it does not leave a Kubernetes object: \(error)")
      }
    }
  }

  /// The one way an existing object is changed: read, propose, reconcile, compare and swap.
  private func rewrite(
    _ key: ObjectKey, subresource: Subresource?, _ propose: (UnstructuredObject) throws(APIError) -> UnstructuredObject?
  ) async throws(APIError) -> UnstructuredObject {
    let type = try resourceType(of: key.resource)
    let strategy = ResourceStrategy(type)
    if subresource == .status, !strategy.hasStatusSubresource { throw .pathNotFound }
    for _ in 0..<Self.rewriteAttempts {
      guard let stored = try await read(key) else { throw .notFound(key) }
      guard let proposed = try propose(stored.object) else { return stored.object }
      try checkIdentity(proposed, stored.object, key, type)
      var new = ObjectUpdate.reconcile(
        try storageForm(proposed, type), with: stored.object, subresource: subresource, strategy: strategy)
      strategy.prepareForWrite(&new)
      ObjectDefaults.apply(to: &new)
      new = try await admitted(new, .update, key: key, subresource: subresource, current: stored.object)
      ObjectUpdate.raiseGeneration(of: &new, from: stored.object, strategy: strategy)
      if new == stored.object { return stored.object }
      try validate(new, replacing: stored.object)

      if ObjectUpdate.finishesDeletion(new) {
        if let removed = try await removeStored(key, stored, as: new) { return removed }
        continue
      }
      let response = try await commit(
        Transaction(
          compares: [.modRevision(of: RegistryKey.storeKey(key), .equal, stored.revision)],
          success: [.put(RegistryKey.storeKey(key), StoredObject.bytes(of: new))]
            + OwnerIndex.changes(from: stored.object, to: new, key)))
      guard response.succeeded else { continue }
      new.metadata.resourceVersion = String(response.revision.rawValue)
      return new
    }
    throw .conflict(key)
  }

  /// What a caller says about identity and version must be what is stored.
  private func checkIdentity(
    _ proposed: UnstructuredObject, _ current: UnstructuredObject, _ key: ObjectKey, _ type: ResourceType
  ) throws(APIError) {
    guard proposed.gvk.group == type.gvk.group, proposed.kind == type.gvk.kind else {
      throw APIError(
        .badRequest, "\(proposed.apiVersion) \(proposed.kind) does not match the kind \(type.gvk.kind) of \(key)")
    }
    guard proposed.metadata.name == current.metadata.name, proposed.metadata.namespace == current.metadata.namespace
    else { throw APIError(.badRequest, "name and namespace of \(key) cannot be changed") }
    if let version = proposed.metadata.resourceVersion, !version.isEmpty, version != current.metadata.resourceVersion {
      throw .conflict(key)
    }
    if let uid = proposed.metadata.uid, !uid.isEmpty, uid != current.metadata.uid {
      throw .conflict(
        key,
        "Precondition failed: UID in precondition: \(uid), UID in object meta: \(current.metadata.uid ?? "")")
    }
  }

  /// Each lost race means that another writer got through, so the bound is only met under absurd contention.
  private static var rewriteAttempts: Int { 64 }
}
