import EdgeAPIModels
import EdgePrimitives
import EdgeStore

/// The objects of one resource in an ``MVCCStore``: Kubernetes' storage semantics with the type of the objects known.
///
/// ```swift
/// let pods = ResourceStore<CoreV1.Pod>(store, type, codec: .json)
/// var pod = try await pods.create(CoreV1.Pod(metadata: .init(name: "web", namespace: "default")))
/// pod = try await pods.update("web", namespace: "default") { $0.spec?.nodeName = "edge-1" }
/// let page = try await pods.list(namespace: "default", limit: 500)
/// ```
/// Every write is one compare-and-swap transaction: any number of stores, here and in other processes, may share what is
/// below. An object's resource version is the revision of its last change. It holds no state and costs nothing to make.
///
/// What cannot be decoded fails a call that asks for just that object (``ResourceError/Reason/unreadable``) and is told
/// beside the others by lists and watches.
public struct ResourceStore<Object: Sendable>: Sendable {
  public let type: ResourceType
  let store: any MVCCStore
  let keyspace: ResourceKeyspace
  let codec: ResourceCodec<Object>
  let clock: any WallClock
  let entropy: any EntropySource

  /// - Parameters:
  ///   - layout: where the objects are; ``ResourceKeyLayout/kubernetes`` is what kube-apiserver reads and writes.
  ///   - clock: dates new objects.
  ///   - entropy: names new objects (their uids).
  public init(
    _ store: any MVCCStore, _ type: ResourceType, codec: ResourceCodec<Object>, layout: ResourceKeyLayout = .kubernetes,
    clock: any WallClock = SystemWallClock(), entropy: any EntropySource = SystemEntropy()
  ) {
    self.type = type
    self.store = store
    self.codec = codec
    self.clock = clock
    self.entropy = entropy
    keyspace = ResourceKeyspace(type, layout: layout)
  }

  /// The stored version as an item, or why it is none.
  func decode(_ keyValue: KeyValue) -> Result<ResourceItem<Object>, UnreadableObject> {
    let (key, isWellFormed) = keyspace.objectKey(of: keyValue.key)
    let version = ResourceVersion(keyValue.modRevision)
    do throws(ObjectError) {
      guard isWellFormed else {
        throw ObjectError(code: .malformed, message: "no object of \(keyspace.resource) has the key \(keyValue.key)")
      }
      var object = try codec.decode(keyValue.value)
      let kind = codec.kind(object)
      guard isOurs(kind) else {
        throw ObjectError(code: .unexpectedType, field: "kind", message: "expected \(type.gvk), found \(kind)")
      }
      var identity = codec.identity(object)
      // Bytes that lie under another object's key would be written back there.
      guard identity.name == key.name, !type.isNamespaced || identity.namespace == key.namespace else {
        throw ObjectError(
          code: .invalidField, field: "metadata.name",
          message: "the key belongs to \(key), the object says it is \(identity.namespace ?? "")/\(identity.name ?? "")"
        )
      }
      identity.resourceVersion = version.rawValue
      codec.setIdentity(&object, identity)
      return .success(ResourceItem(key: key, version: version, object: object))
    } catch {
      return .failure(UnreadableObject(key: key, version: version, error: error))
    }
  }

  /// The bytes to store: without the resource version, which the store knows.
  func encode(_ object: Object, _ identity: ObjectIdentity, as key: ObjectKey) throws(ResourceError) -> [UInt8] {
    let kind = codec.kind(object)
    if !isOurs(kind) { throw .invalid(key, "kind", "expected \(type.gvk), found \(kind)") }
    var stored = object
    var identity = identity
    identity.resourceVersion = nil
    codec.setIdentity(&stored, identity)
    do throws(ObjectError) {
      return try codec.encode(stored)
    } catch {
      throw ResourceError(.invalid, "\(key) cannot be encoded: \(error)", cause: error)
    }
  }

  /// The object as it was stored.
  func stored(_ object: Object, _ identity: ObjectIdentity, at revision: Revision) -> Object {
    var object = object
    var identity = identity
    identity.resourceVersion = revision.description
    codec.setIdentity(&object, identity)
    return object
  }

  /// Any version of the kind: which one is stored is the codec's affair.
  private func isOurs(_ kind: GroupVersionKind) -> Bool {
    kind.kind == type.gvk.kind && kind.group == type.gvk.group
  }

  func commit(_ transaction: Transaction) async throws(ResourceError) -> TransactionResponse {
    do throws(StoreError) {
      return try await store.commit(transaction)
    } catch {
      throw ResourceError(error)
    }
  }

  func range(_ request: RangeRequest) async throws(ResourceError) -> RangeResponse {
    do throws(StoreError) {
      return try await store.range(request)
    } catch {
      throw ResourceError(error)
    }
  }
}

extension UnreadableObject: Error {}
