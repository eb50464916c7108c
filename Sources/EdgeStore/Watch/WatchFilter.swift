/// What a watch selects from the log, used alike for changes as they happen and for those read again later.
package struct WatchFilter: Sendable {
  package let keys: KeyRange
  package let startRevision: Revision
  package let previousValues: Bool
  package let excluding: Set<StoreEvent.Kind>

  package init(_ request: WatchRequest) {
    keys = request.keys
    startRevision = request.startRevision ?? .zero
    previousValues = request.previousValues
    excluding = request.excluding
  }

  /// The part of one revision's changes that the watch is interested in; nil when there is none.
  package func batch(of changes: [Change], at revision: Revision) -> WatchBatch? {
    guard revision >= startRevision else { return nil }
    var events: [StoreEvent] = []
    for change in changes where keys.contains(change.version.keyValue.key) {
      if !excluding.isEmpty && excluding.contains(change.kind) { continue }
      events.append(change.event(withPrevious: previousValues, among: changes))
    }
    return events.isEmpty ? nil : WatchBatch(revision: revision, events: events)
  }

  /// Searches the log of `keyspace` from `start` on until a queue is filled or the present is reached.
  package func catchUp(
    in keyspace: Keyspace, from start: Revision
  ) throws(StoreError) -> (batches: [WatchBatch], through: Revision) {
    if start < keyspace.spillFloor, let source = keyspace.source {
      return try source.batches(for: self, from: start, before: keyspace.spillFloor)
    }
    var batches: [WatchBatch] = []
    var eventCount = 0
    for (revision, changes) in keyspace.changes(from: start) {
      guard let batch = batch(of: previousValues ? try keyspace.complete(changes) : changes, at: revision) else {
        continue
      }
      batches.append(batch)
      eventCount += batch.events.count
      if batches.count >= WatchQueue.capacity || eventCount >= WatchQueue.eventCapacity { return (batches, revision) }
    }
    return (batches, keyspace.revision)
  }
}
