import EdgeAPIModels
import EdgeStore

extension ObjectRegistry {
  /// Lists the objects of a resource in key order, in one snapshot over all pages.
  /// - Complexity: reads what the range holds up to the end of the page; selectors do not shorten the reading.
  public func list(_ resource: GroupResource, options: ListOptions) async throws(APIError) -> ObjectList {
    let type = try resourceType(of: resource)
    let whole = RegistryKey.range(resource, namespace: type.isNamespaced ? options.namespace : nil)
    let token = try options.continueToken.map { (text) throws(APIError) in try ContinueToken(text, within: whole) }
    var revision = if let token { token.revision } else { try snapshot(options.version) }
    var next = token?.start ?? whole.start
    let selection = Selection(options)
    let limit = options.limit.flatMap { $0 > 0 ? $0 : nil }

    var items: [UnstructuredObject] = []
    while true {
      let chunk = limit.map { Swift.min(Self.chunk, selection.isAll ? $0 - items.count : Self.chunk) } ?? Self.chunk
      let response = try await page(
        RangeRequest(.from(next, until: whole.end), limit: chunk, revision: revision), continued: token != nil)
      // The first answer fixes the snapshot that the rest of the list reads.
      let pinned = revision ?? response.revision
      revision = pinned
      for (index, keyValue) in response.kvs.enumerated() {
        let object = try StoredObject(keyValue).object
        guard selection.matches(object) else { continue }
        items.append(object)
        let remaining = response.count - index - 1
        if items.count == limit, remaining > 0 {
          return ObjectList(
            items: items, resourceVersion: String(pinned.rawValue),
            continueToken: ContinueToken(revision: pinned, start: keyValue.key.successor).text,
            remainingItemCount: selection.isAll ? remaining : nil)
        }
      }
      guard response.more, let last = response.kvs.last else {
        if case .notOlderThan(let asked) = options.version { try checkReached(asked, pinned) }
        return ObjectList(items: items, resourceVersion: String(pinned.rawValue))
      }
      next = last.key.successor
    }
  }

  private func page(_ request: RangeRequest, continued: Bool) async throws(APIError) -> RangeResponse {
    do {
      return try await store.range(request)
    } catch  where error.code == .compacted && continued {
      throw APIError(
        .expired,
        "The provided continue parameter is too old to display a consistent list result. You can start a new list "
          + "without the continue parameter.", cause: error)
    } catch {
      throw APIError(error)
    }
  }

  private func snapshot(_ version: ListVersion) throws(APIError) -> Revision? {
    guard case .exact(let text) = version else { return nil }
    return try Revision(resourceVersion: text)
  }

  private func checkReached(_ asked: String, _ current: Revision) throws(APIError) {
    let revision = try Revision(resourceVersion: asked)
    if revision > current { throw .tooLargeResourceVersion(revision.rawValue, current: current.rawValue) }
  }

  /// Objects read from the store at once.
  private static var chunk: Int { 500 }
}

extension Revision {
  /// The revision behind a resource version; to clients it is opaque, to the registry a decimal number.
  init(resourceVersion text: String) throws(APIError) {
    guard let value = Int64(text), value >= 0 else {
      throw APIError(.badRequest, "Invalid value: \"\(text.prefix(40))\": resource version must be a decimal number")
    }
    self.init(rawValue: value)
  }
}
