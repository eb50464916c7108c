#if Networking
import EdgeAPIModels
import EdgeResourceStore

/// A resource of an API server as a `Reflector` wants it.
///
/// ```swift
/// let reflector = Reflector(KubeListWatch(client, pods), view: view)
/// ```
public struct KubeListWatch: ListWatchSource {
  private let client: KubeClient
  private let resource: GroupResource
  private let query: KubeClient.Query
  private let watchTimeout: Duration?

  /// - Parameters:
  ///   - query: the namespace and the selectors; an object that a change takes out of them is told as deleted.
  ///   - watchTimeout: the server ends a watch after this long, and it is resumed: so that connections move on to other
  ///     servers, and a dead one is noticed. nil leaves it to the server.
  public init(
    _ client: KubeClient, _ resource: GroupResource, _ query: KubeClient.Query = .init(),
    watchTimeout: Duration? = .seconds(300)
  ) {
    self.client = client
    self.resource = resource
    self.query = query
    self.watchTimeout = watchTimeout
  }

  public func list(limit: Int?, continuing token: String?) async throws(ResourceError) -> ResourcePage<
    UnstructuredObject
  > {
    let answer: KubeClient.Page
    do throws(KubeClientError) {
      answer = try await client.list(resource, query, limit: limit, continue: token)
    } catch {
      throw ResourceError(error)
    }
    var page = ResourcePage<UnstructuredObject>(version: ResourceVersion(rawValue: answer.resourceVersion))
    page.continueToken = answer.continueToken
    page.items = answer.items.compactMap(item)
    return page
  }

  public func watch(
    after version: ResourceVersion, _ deliver: @escaping @Sendable (ResourceBatch<UnstructuredObject>) async -> Void
  ) async throws(ResourceError) {
    do {
      try await client.watch(resource, query, from: version.rawValue, timeout: watchTimeout) { event in
        guard let version = event.object.metadata.resourceVersion.map({ ResourceVersion(rawValue: $0) }) else { return }
        var batch = ResourceBatch<UnstructuredObject>(version: version)
        switch event.kind {
        case .bookmark: break
        case .added, .modified: batch.changes = item(event.object).map { [.put($0)] } ?? []
        case .deleted: batch.changes = item(event.object).map { [.deleted($0.key, version)] } ?? []
        }
        await deliver(batch)
      }
    } catch let error as KubeClientError {
      throw ResourceError(error)
    } catch {
      throw ResourceError(.unavailable, "the watch ended: \(error)", cause: error)
    }
  }

  /// nil for what has no name or version; no API server sends such.
  private func item(_ object: UnstructuredObject) -> ResourceItem<UnstructuredObject>? {
    let metadata = object.metadata
    guard let name = metadata.name, !name.isEmpty, let version = metadata.resourceVersion else { return nil }
    return ResourceItem(
      key: ObjectKey(resource: resource, namespace: metadata.namespace.flatMap { $0.isEmpty ? nil : $0 }, name: name),
      version: ResourceVersion(rawValue: version), object: object)
  }
}

extension ResourceError {
  init(_ error: KubeClientError) {
    let reason: Reason =
      switch error.code {
      case .notFound: .notFound
      case .alreadyExists: .alreadyExists
      case .conflict: .conflict
      case .expired: .expired
      case .tooLarge: .tooLarge
      case .invalid, .badRequest, .misuse: .invalid
      case .unauthorized: .unauthorized
      case .forbidden: .forbidden
      case .malformedResponse: .unreadable
      default: error.isRetryable ? .unavailable : .internalError
      }
    self.init(
      reason, error.message, cause: error, isRetryable: error.isRetryable,
      mayHaveBeenApplied: error.mayHaveBeenApplied)
  }
}
#endif
