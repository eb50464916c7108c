import EdgeAPIModels
import EdgeStore

extension ResourceStore {
  /// The resource, or one namespace of it, as a ``Reflector`` wants it.
  /// - Parameter progressInterval: when nothing happened for this long the watch notes how far the store has come, so that
  ///   it can be resumed from there though everything older be compacted.
  public func listWatch(
    namespace: String? = nil, progressInterval: Duration = .seconds(30)
  ) -> StoreListWatch<Object> {
    StoreListWatch(resource: self, namespace: namespace, progressInterval: progressInterval)
  }
}

/// A ``ListWatchSource`` over a ``ResourceStore``.
public struct StoreListWatch<Object: Sendable>: ListWatchSource {
  let resource: ResourceStore<Object>
  let namespace: String?
  let progressInterval: Duration

  public func list(limit: Int?, continuing token: String?) async throws(ResourceError) -> ResourcePage<Object> {
    try await resource.page(namespace: namespace, limit: limit, continuing: token, at: nil)
  }

  public func watch(
    after version: ResourceVersion, _ deliver: @escaping @Sendable (ResourceBatch<Object>) async -> Void
  ) async throws(ResourceError) {
    let start = try version.revision
    let keys = try resource.keyspace.range(namespace: namespace)
    do throws(StoreError) {
      let watch = try await resource.store.watch(
        WatchRequest(keys, startRevision: start.next, progressInterval: progressInterval))
      // A store that was set back, to a backup or to nothing, would be silent until it has caught up with the version, and
      // never tell that what was seen of it is gone.
      if watch.createdAt < start {
        throw StoreError(
          .compacted, "the store stands at \(watch.createdAt), before \(start): it is not what it was")
      }
      for try await batch in watch { await deliver(translate(batch)) }
    } catch {
      throw ResourceError(error)
    }
  }

  private func translate(_ batch: WatchBatch) -> ResourceBatch<Object> {
    let version = ResourceVersion(batch.revision)
    return ResourceBatch(
      version: version,
      changes: batch.events.map { event in
        switch event.kind {
        case .delete: .deleted(resource.keyspace.objectKey(of: event.keyValue.key).key, version)
        case .put:
          switch resource.decode(event.keyValue) {
          case .success(let item): .put(item)
          case .failure(let unreadable): .unreadable(unreadable)
          }
        }
      })
  }
}
