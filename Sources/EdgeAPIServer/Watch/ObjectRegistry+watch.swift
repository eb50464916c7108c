import EdgeAPIModels
import EdgeJSON
import EdgeStore

extension ObjectRegistry {
  /// Watches a resource, or all of them.
  ///
  /// With a resource version the watch tells what happened after it; without, it first tells the present state as added
  /// events, in key order. An object that a change brings into the selection arrives as added, one that a change takes
  /// out as deleted.
  public func watch(_ resource: GroupResource?, options: WatchOptions) async throws(APIError) -> ObjectWatch {
    let type: ResourceType? = if let resource { try resourceType(of: resource) } else { nil }
    let namespace = type?.isNamespaced == false ? nil : options.namespace
    let range = RegistryKey.range(resource, namespace: namespace)
    let selection = Selection(options)

    var initial: [ObjectEvent] = []
    var start: Revision
    if let text = options.resourceVersion, !text.isEmpty, text != "0" {
      start = try Revision(resourceVersion: text)
    } else {
      (initial, start) = try await presentState(range, selection)
    }
    do {
      let source = try await store.watch(
        WatchRequest(
          range, startRevision: start.next, previousValues: true,
          progressInterval: options.sendsBookmarks && type != nil ? Self.bookmarkInterval : nil))
      let cursor = RegistryWatchCursor(
        source, selection: selection, initial: initial, sendsBookmarks: options.sendsBookmarks, kind: type?.gvk)
      return ObjectWatch { () async throws(APIError) in try await cursor.next() }
    } catch {
      throw APIError(error)
    }
  }

  /// Kubernetes tells watchers of a quiet resource about once a minute how far the store has come, so that they resume from
  /// there and not from what is long compacted.
  private static let bookmarkInterval = Duration.seconds(50)

  private func presentState(
    _ range: KeyRange, _ selection: Selection
  ) async throws(APIError) -> (events: [ObjectEvent], revision: Revision) {
    let response: RangeResponse
    do {
      response = try await store.range(RangeRequest(range))
    } catch {
      throw APIError(error)
    }
    var events: [ObjectEvent] = []
    for keyValue in response.kvs {
      let object = try StoredObject(keyValue).object
      if selection.matches(object) { events.append(ObjectEvent(.added, object)) }
    }
    return (events, response.revision)
  }
}

/// Turns the store's batches into object events, as seen through a selection. Read by one task.
actor RegistryWatchCursor {
  private let source: StoreWatch
  private let selection: Selection
  private let sendsBookmarks: Bool
  /// What a bookmark without an event before it says it is; nil when all kinds are watched.
  private let kind: GroupVersionKind?
  private var pending: ArraySlice<ObjectEvent>

  init(
    _ source: StoreWatch, selection: Selection, initial: [ObjectEvent], sendsBookmarks: Bool,
    kind: GroupVersionKind?
  ) {
    self.source = source
    self.selection = selection
    self.sendsBookmarks = sendsBookmarks
    self.kind = kind
    pending = initial[...]
  }

  func next() async throws(APIError) -> ObjectEvent? {
    while true {
      if let event = pending.popFirst() { return event }
      guard let batch = try await nextBatch() else { return nil }
      var last: UnstructuredObject?
      for event in batch.events {
        let (seen, object) = try translate(event)
        if let seen { pending.append(seen) }
        last = object
      }
      guard sendsBookmarks, pending.isEmpty else { continue }
      if let last { return .bookmark(like: last.gvk, at: batch.revision) }
      if let kind { return .bookmark(like: kind, at: batch.revision) }
    }
  }

  private func nextBatch() async throws(APIError) -> WatchBatch? {
    var iterator = source.makeAsyncIterator()
    do {
      return try await iterator.next(isolation: self)
    } catch {
      throw APIError(error)
    }
  }

  private func translate(
    _ event: StoreEvent
  ) throws(APIError) -> (seen: ObjectEvent?, object: UnstructuredObject) {
    let revision = event.keyValue.modRevision
    var before: UnstructuredObject?
    if let previous = event.previous { before = try StoredObject.object(previous.value, at: revision) }
    guard event.kind == .put else {
      // A store that lost the last state cannot tell whether this watcher knew the object: the watcher must look anew.
      guard let before else { throw .tooOld(String(revision.rawValue)) }
      return (selection.matches(before) ? ObjectEvent(.deleted, before) : nil, before)
    }
    if before == nil && !event.isCreate { throw .tooOld(String(revision.rawValue)) }
    let after = try StoredObject(event.keyValue).object
    let (matched, matches) = (before.map(selection.matches) ?? false, selection.matches(after))
    switch (matched, matches) {
    case (false, true): return (ObjectEvent(.added, after), after)
    case (true, true): return (ObjectEvent(.modified, after), after)
    // The watcher gets the last state it could know, at the version of the change, as from Kubernetes' watch cache.
    case (true, false): return (ObjectEvent(.deleted, before ?? after), after)
    case (false, false): return (nil, after)
    }
  }
}

extension ObjectEvent {
  /// A bookmark has the kind of the watched objects and nothing else but a resource version.
  static func bookmark(like kind: GroupVersionKind, at revision: Revision) -> ObjectEvent {
    var mark = UnstructuredObject(apiVersion: kind.apiVersion, kind: kind.kind, name: "", namespace: nil)
    mark.metadata = ObjectMeta(content: ["resourceVersion": .string(String(revision.rawValue))])
    return ObjectEvent(.bookmark, mark)
  }
}
