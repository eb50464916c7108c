import EdgeAPIModels
import EdgeStore

/// One page of a list, or all of it.
public struct ResourceList<Object: Sendable>: Sendable {
  /// In order of namespace and name.
  public var items: [Object]
  /// What stands among them and cannot be read.
  public var unreadable: [UnreadableObject]
  /// The state that the whole list shows, on all its pages; a watch carries on after it.
  public var version: ResourceVersion
  /// Present when there is another page.
  public var continueToken: String?
  /// Objects on later pages.
  public var remainingCount: Int
}

extension ResourceStore {
  /// The object as it is now, or was at a version.
  /// - Throws: ``ResourceError`` with `notFound`, `unreadable`, `expired` for a version that is compacted, and what the
  ///   store throws.
  public func get(
    _ name: String, namespace: String? = nil, at version: ResourceVersion? = nil
  ) async throws(ResourceError) -> Object {
    let key = try keyspace.objectKey(name, namespace: namespace)
    let revision = try version.map { (version) throws(ResourceError) in try version.revision }
    guard let found = try await range(RangeRequest(.key(keyspace.storeKey(key)), revision: revision)).kvs.first else {
      throw .notFound(key)
    }
    return try item(found).object
  }

  /// The objects of the resource, or of one namespace, all of one state however many pages it takes.
  /// - Parameters:
  ///   - limit: the longest page; nil for all in one. What cannot be read counts as well.
  ///   - token: the one that the page before gave; the list goes on in the same state.
  ///   - version: an older state to show; nil shows the present one.
  /// - Throws: ``ResourceError`` with `expired` when the state is compacted meanwhile, `invalid` for a token that is none.
  public func list(
    namespace: String? = nil, limit: Int? = nil, continuing token: String? = nil, at version: ResourceVersion? = nil
  ) async throws(ResourceError) -> ResourceList<Object> {
    let page = try await page(namespace: namespace, limit: limit, continuing: token, at: version)
    return ResourceList(
      items: page.items.map(\.object), unreadable: page.unreadable, version: page.version,
      continueToken: page.continueToken, remainingCount: page.remainingCount ?? 0)
  }

  /// How many objects there are, without reading them: O(log n).
  public func count(namespace: String? = nil) async throws(ResourceError) -> Int {
    try await range(RangeRequest(keyspace.range(namespace: namespace), countOnly: true)).count
  }

  func page(
    namespace: String?, limit: Int?, continuing token: String?, at version: ResourceVersion?
  ) async throws(ResourceError) -> ResourcePage<Object> {
    let whole = try keyspace.range(namespace: namespace)
    let continuation = try token.map { (token) throws(ResourceError) in try ListContinuation(token, within: whole) }
    let limit = limit.flatMap { $0 > 0 ? $0 : nil }
    let asked = try version.map { (version) throws(ResourceError) in try version.revision }
    let revision = continuation?.revision ?? asked
    let response: RangeResponse
    do throws(StoreError) {
      response = try await store.range(
        RangeRequest(.from(continuation?.start ?? whole.start, until: whole.end), limit: limit, revision: revision))
    } catch  where error.code == .compacted && continuation != nil {
      throw ResourceError(.expired, "the state that the list shows has been compacted: start it anew", cause: error)
    } catch {
      throw ResourceError(error)
    }
    var page = ResourcePage<Object>(version: ResourceVersion(revision ?? response.revision))
    page.items.reserveCapacity(response.kvs.count)
    for keyValue in response.kvs {
      switch decode(keyValue) {
      case .success(let item): page.items.append(item)
      case .failure(let unreadable): page.unreadable.append(unreadable)
      }
    }
    page.remainingCount = response.count - response.kvs.count
    if response.more, let last = response.kvs.last {
      page.continueToken =
        ListContinuation(revision: revision ?? response.revision, start: last.key.successor).text
    }
    return page
  }

  func item(_ keyValue: KeyValue) throws(ResourceError) -> ResourceItem<Object> {
    switch decode(keyValue) {
    case .success(let item): return item
    case .failure(let unreadable): throw .unreadable(unreadable)
    }
  }
}
