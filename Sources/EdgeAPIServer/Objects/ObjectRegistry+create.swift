import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import EdgeStore

extension ObjectRegistry {
  /// Writes a new object: gives it a uid, a creation time, generation 1 and its kind's defaults, and a name when it asks
  /// for a generated one.
  /// - Returns: the object as stored.
  /// - Throws: ``APIError/Code/alreadyExists``, ``APIError/Code/invalid``, ``APIError/Code/unknownKind``,
  ///   ``APIError/Code/badRequest`` when it carries a resource version.
  @discardableResult
  public func create(_ object: UnstructuredObject) async throws(APIError) -> UnstructuredObject {
    let type = try resourceType(of: object)
    if let version = object.metadata.resourceVersion, !version.isEmpty {
      throw APIError(.badRequest, "resourceVersion should not be set on objects to be created")
    }
    if let name = object.metadata.name, !name.isEmpty { return try await create(object, type) }
    guard let prefix = object.metadata.generateName, !prefix.isEmpty else {
      throw APIError(
        .invalid, "\(object.kind) is invalid: metadata.name: Required value: name or generateName is required")
    }
    for _ in 0..<Self.generatedNameAttempts {
      var named = object
      named.metadata.name = generatedName(prefix)
      do {
        return try await create(named, type)
      } catch  where error.code == .alreadyExists {
        continue
      }
    }
    throw APIError(.unavailable, "no free name was found for generateName \"\(prefix)\"; try again")
  }

  private func create(_ object: UnstructuredObject, _ type: ResourceType) async throws(APIError) -> UnstructuredObject {
    var new = object
    try place(&new, type)
    new = try storageForm(new, type)
    let strategy = ResourceStrategy(type)
    strategy.prepareForWrite(&new)
    strategy.prepareForCreate(&new)
    new.metadata.uid = UniqueID(from: entropy).rawValue
    new.metadata.creationTimestamp = clock.now()
    new.metadata.deletionTimestamp = nil
    new.metadata.generation = new.content.contains(key: "spec") ? 1 : nil
    ObjectDefaults.apply(to: &new)
    let key = try key(of: new)
    new = try await admitted(new, .create, key: key, subresource: nil, current: nil)
    try validate(new)

    let response = try await commit(
      Transaction(
        compares: [.absent(RegistryKey.storeKey(key))],
        success: [.put(RegistryKey.storeKey(key), StoredObject.bytes(of: new))] + OwnerIndex.additions(new, key)))
    guard response.succeeded else { throw .alreadyExists(key) }
    new.metadata.resourceVersion = String(response.revision.rawValue)
    // An owner deleted before this write was seen by nobody's garbage collection; one deleted after it will find the
    // index entry just written. So this one look closes the gap.
    if try await lostAllOwners(new) { try await removeOrphan(key, uid: new.metadata.uid) }
    return new
  }

  /// Puts a namespaced object into a namespace and refuses one on a cluster-scoped object.
  func place(_ object: inout UnstructuredObject, _ type: ResourceType) throws(APIError) {
    let namespace = object.metadata.namespace ?? ""
    if type.isNamespaced {
      if namespace.isEmpty { object.metadata.namespace = "default" }
    } else if !namespace.isEmpty {
      throw APIError(
        .badRequest, "\(object.kind) \"\(object.metadata.name ?? "")\" is cluster-scoped and takes no namespace")
    }
  }

  func key(of object: UnstructuredObject) throws(APIError) -> ObjectKey {
    do {
      return try object.key(in: catalog)
    } catch {
      throw APIError(.badRequest, "\(error)", cause: error)
    }
  }

  func validate(_ object: UnstructuredObject) throws(APIError) {
    let errors = ObjectValidation.validate(object)
    if !errors.isEmpty { throw .invalid(object.gvk, name: object.metadata.name ?? "", errors) }
  }

  /// Also refuses changes of what may not change.
  func validate(_ object: UnstructuredObject, replacing current: UnstructuredObject) throws(APIError) {
    // A store may hold objects from before a default existed; that the update adds it is no change.
    var old = current
    ObjectDefaults.apply(to: &old)
    let errors = ObjectValidation.validate(updated: object, old: old)
    if !errors.isEmpty { throw .invalid(object.gvk, name: object.metadata.name ?? "", errors) }
  }

  func admitted(
    _ object: UnstructuredObject, _ operation: AdmissionRequest.Operation, key: ObjectKey, subresource: Subresource?,
    current: UnstructuredObject?
  ) async throws(APIError) -> UnstructuredObject {
    var admitted = object
    for step in admission {
      admitted = try await step.admit(
        AdmissionRequest(operation: operation, key: key, subresource: subresource, object: admitted, current: current))
    }
    return admitted
  }

  func commit(_ transaction: Transaction) async throws(APIError) -> TransactionResponse {
    do {
      return try await store.commit(transaction)
    } catch {
      throw APIError(error)
    }
  }

  /// Kubernetes appends five letters that cannot spell words; the prefix is cut so that the name stays within 63 bytes.
  private func generatedName(_ prefix: String) -> String {
    let letters = Array("bcdfghjklmnpqrstvwxz2456789")
    let suffix = (0..<5).map { _ in letters[Int(entropy.next(below: UInt64(letters.count)))] }
    return String(prefix.prefix(58)) + String(suffix)
  }

  private static var generatedNameAttempts: Int { 8 }
}
