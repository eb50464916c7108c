import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import EdgeStore

/// The API server's object semantics over any ``MVCCStore``: defaults, validation, identity, optimistic concurrency,
/// generations, selectors, watches, graceful deletion and garbage collection.
///
/// Objects are taken in any served version and kept, returned and watched in the storage version;
/// ``converted(_:to:)`` gives another. Every write is one compare-and-swap transaction, so that any number of
/// registries may share a store and none holds state of its own.
public final class ObjectRegistry: ObjectSource {
  public let catalog: ResourceCatalog
  let store: any MVCCStore
  let clock: any WallClock
  let entropy: any EntropySource
  let admission: [any AdmissionStep]

  public init(
    store: any MVCCStore, catalog: ResourceCatalog = .standard, clock: any WallClock = SystemWallClock(),
    entropy: any EntropySource = SystemEntropy(), admission: [any AdmissionStep] = []
  ) {
    self.store = store
    self.catalog = catalog
    self.clock = clock
    self.entropy = entropy
    self.admission = admission
  }

  /// The object in the storage version.
  /// - Throws: ``APIError/Code/notFound``, ``APIError/Code/unknownKind``.
  public func get(_ key: ObjectKey) async throws(APIError) -> UnstructuredObject {
    _ = try resourceType(of: key.resource)
    guard let stored = try await read(key) else { throw .notFound(key) }
    return stored.object
  }

  /// The object in one of the versions its resource is served in.
  public func get(_ key: ObjectKey, version: String) async throws(APIError) -> UnstructuredObject {
    try converted(await get(key), to: version)
  }

  /// - Throws: when the store does not answer.
  public func checkHealth() async throws(APIError) {
    do {
      _ = try await store.status()
    } catch {
      throw APIError(error)
    }
  }

  func resourceType(of resource: GroupResource) throws(APIError) -> ResourceType {
    guard let type = catalog.type(for: resource) else { throw .unknownResource(resource) }
    return type
  }

  func resourceType(of object: UnstructuredObject) throws(APIError) -> ResourceType {
    guard let type = catalog.type(for: object.gvk) else {
      throw .unknownKind(apiVersion: object.apiVersion, kind: object.kind)
    }
    return type
  }

  func read(_ key: ObjectKey) async throws(APIError) -> StoredObject? {
    let keyValue: KeyValue?
    do {
      keyValue = try await store.get(RegistryKey.storeKey(key))
    } catch {
      throw APIError(error)
    }
    guard let keyValue else { return nil }
    return try StoredObject(keyValue)
  }
}

/// An object as the store holds it, with the revision that a conditional write compares.
struct StoredObject: Sendable {
  let object: UnstructuredObject
  let revision: Revision

  init(_ keyValue: KeyValue) throws(APIError) {
    object = try Self.object(keyValue.value, at: keyValue.modRevision)
    revision = keyValue.modRevision
  }

  /// The stored bytes carry no resource version: the revision they were written at is it.
  static func object(_ bytes: [UInt8], at revision: Revision) throws(APIError) -> UnstructuredObject {
    do {
      var object = try UnstructuredObject(parsing: bytes)
      object.metadata.resourceVersion = String(revision.rawValue)
      return object
    } catch {
      throw APIError(.internalError, "a stored object cannot be read: \(error)", cause: error)
    }
  }

  static func bytes(of object: UnstructuredObject) -> [UInt8] {
    var stored = object
    stored.metadata.resourceVersion = nil
    return stored.serialized()
  }
}
