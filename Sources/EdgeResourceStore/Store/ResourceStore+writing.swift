import EdgeAPIModels
import EdgePrimitives
import EdgeStore

extension ResourceStore {
  /// Writes a new object. It gets a uid and a creation time unless it has them.
  /// - Parameter lease: the object is deleted when it ends.
  /// - Returns: the object as stored.
  /// - Throws: ``ResourceError`` with `alreadyExists`, `invalid` for an object without a name, with a resource version or of
  ///   another kind, `tooLarge`, and what the store throws.
  @discardableResult
  public func create(_ object: Object, lease: LeaseID = .none) async throws(ResourceError) -> Object {
    var identity = codec.identity(object)
    let key = try objectKey(of: identity)
    if let version = identity.resourceVersion, !version.isEmpty {
      throw .invalid(key, "metadata.resourceVersion", "must not be set on objects to be created")
    }
    if identity.uid?.isEmpty ?? true { identity.uid = UniqueID(from: entropy).rawValue }
    if identity.creationTimestamp == nil {
      // Whole seconds, as it is written: what is returned is what will be read.
      let seconds = clock.now().millisecondsSinceEpoch / 1000
      identity.creationTimestamp = Timestamp(millisecondsSinceEpoch: seconds * 1000)
    }
    let bytes = try encode(object, identity, as: key)
    let storeKey = keyspace.storeKey(key)
    let response = try await commit(
      Transaction(
        compares: [.absent(storeKey)], success: [.put(PutRequest(key: storeKey, value: bytes, lease: lease))]))
    guard response.succeeded else { throw .alreadyExists(key) }
    return stored(object, identity, at: response.revision)
  }

  /// Replaces an object. Its resource version and uid, when it has them, must be those of the stored one; without a resource
  /// version it replaces whatever is there. An update that changes nothing writes nothing.
  /// - Returns: the object as stored.
  /// - Throws: ``ResourceError`` with `notFound`, `conflict`, `invalid`, `unreadable` when what it would replace cannot be
  ///   read, and what the store throws.
  @discardableResult
  public func update(_ object: Object) async throws(ResourceError) -> Object {
    let identity = codec.identity(object)
    let key = try objectKey(of: identity)
    let preconditions = WritePreconditions(
      uid: identity.uid.flatMap { $0.isEmpty ? nil : $0 },
      resourceVersion: identity.resourceVersion.flatMap { $0.isEmpty ? nil : ResourceVersion(rawValue: $0) })
    return try await rewrite(key, preconditions, attempts: nil) { _ in object }
  }

  /// Reads an object, lets `change` edit it and writes it, again from the start when another writer was faster.
  /// - Parameters:
  ///   - attempts: how many lost races are suffered before it gives up with `conflict`; nil: until it gets through or the
  ///     task is cancelled, as kube-apiserver does. Each loss means that another writer got through.
  ///   - change: edits the newest version; it may run several times. One that changes nothing writes nothing.
  /// - Returns: the object as stored.
  /// - Throws: ``ResourceError`` with `notFound`, `conflict`, `unreadable`, what the store throws, and what `change` throws.
  @discardableResult
  public func update(
    _ name: String, namespace: String? = nil, preconditions: WritePreconditions = .none, attempts: Int? = nil,
    _ change: (inout Object) throws(ResourceError) -> Void
  ) async throws(ResourceError) -> Object {
    let key = try keyspace.objectKey(name, namespace: namespace)
    return try await rewrite(key, preconditions, attempts: attempts) { (current) throws(ResourceError) in
      var edited = current
      try change(&edited)
      return edited
    }
  }

  /// Takes an object out of the store.
  /// - Returns: its last state, with the resource version of the deletion.
  /// - Throws: ``ResourceError`` with `notFound`, `conflict` when a precondition does not hold, `unreadable` (see
  ///   ``deleteUnreadable(_:namespace:)``), and what the store throws.
  @discardableResult
  public func delete(
    _ name: String, namespace: String? = nil, preconditions: WritePreconditions = .none
  ) async throws(ResourceError) -> Object {
    let key = try keyspace.objectKey(name, namespace: namespace)
    let storeKey = keyspace.storeKey(key)
    var found = try await range(RangeRequest(.key(storeKey))).kvs.first
    repeat {
      guard let current = found else { throw .notFound(key) }
      let item = try item(current)
      let identity = codec.identity(item.object)
      if let violation = preconditions.violation(by: identity, at: item.version) { throw .conflict(key, violation) }
      let (response, newer) = try await commit(.delete(.key(storeKey)), ifStill: current)
      if response.succeeded { return stored(item.object, identity, at: response.revision) }
      found = newer
    } while !Task.isCancelled
    throw .conflict(key, "other writers were faster until the task was cancelled")
  }

  /// Takes away what stands in the place of an object and cannot be read as one; without it such a name could be used
  /// neither by readers nor by writers for good.
  /// - Throws: ``ResourceError`` with `notFound`, `conflict` when it can be read after all, and what the store throws.
  public func deleteUnreadable(_ name: String, namespace: String? = nil) async throws(ResourceError) {
    let key = try keyspace.objectKey(name, namespace: namespace)
    let storeKey = keyspace.storeKey(key)
    guard let current = try await range(RangeRequest(.key(storeKey))).kvs.first else { throw .notFound(key) }
    if case .success = decode(current) { throw .conflict(key, "the object can be read: delete it as one") }
    let (response, _) = try await commit(.delete(.key(storeKey)), ifStill: current)
    if !response.succeeded { throw .conflict(key, "it was changed meanwhile") }
  }

  /// The one way an existing object is changed: read, propose, compare and swap.
  private func rewrite(
    _ key: ObjectKey, _ preconditions: WritePreconditions, attempts: Int?,
    _ propose: (Object) throws(ResourceError) -> Object
  ) async throws(ResourceError) -> Object {
    let storeKey = keyspace.storeKey(key)
    var found = try await range(RangeRequest(.key(storeKey))).kvs.first
    var losses = 0
    repeat {
      guard let current = found else { throw .notFound(key) }
      let item = try item(current)
      let old = codec.identity(item.object)
      if let violation = preconditions.violation(by: old, at: item.version) { throw .conflict(key, violation) }
      let proposed = try propose(item.object)
      var identity = codec.identity(proposed)
      guard identity.name == old.name, !type.isNamespaced || identity.namespace == old.namespace else {
        throw .invalid(key, "metadata.name", "name and namespace cannot be changed")
      }
      if let version = identity.resourceVersion, !version.isEmpty, version != item.version.rawValue {
        throw .conflict(key, "the object has been modified; its resource version is \(item.version), not \(version)")
      }
      // What tells one object from a later one of its name is nobody's to change.
      identity.uid = old.uid
      identity.creationTimestamp = old.creationTimestamp
      let bytes = try encode(proposed, identity, as: key)
      if bytes == current.value { return item.object }
      let put = PutRequest(key: storeKey, value: bytes, keepsLease: true)
      let (response, newer) = try await commit(.put(put), ifStill: current)
      if response.succeeded { return stored(proposed, identity, at: response.revision) }
      found = newer
      losses += 1
    } while !Task.isCancelled && attempts.map { losses < $0 } ?? true
    throw .conflict(key, "other writers were faster \(losses) times; the object has been modified")
  }

  /// Performs an operation on a key that has not changed, or tells what it holds now.
  private func commit(
    _ operation: Transaction.Operation, ifStill current: KeyValue
  ) async throws(ResourceError) -> (response: TransactionResponse, newer: KeyValue?) {
    let response = try await commit(
      Transaction(
        compares: [.modRevision(of: current.key, .equal, current.modRevision)], success: [operation],
        failure: [.range(RangeRequest(.key(current.key)))]))
    guard !response.succeeded, case .range(let range)? = response.results.first else { return (response, nil) }
    return (response, range.kvs.first)
  }

  private func objectKey(of identity: ObjectIdentity) throws(ResourceError) -> ObjectKey {
    try keyspace.objectKey(identity.name ?? "", namespace: identity.namespace)
  }
}
