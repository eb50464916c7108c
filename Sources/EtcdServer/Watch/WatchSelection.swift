#if Networking
import EdgeStore

/// What a watch asks to see. Watches that ask for the same are one group, whose events are encoded once.
struct WatchSelection: Hashable, Sendable {
  var keys: KeyRange
  var excluding: Set<StoreEvent.Kind> = []
  var previousValues = false
  /// Whether the events of a large revision may come in several responses.
  var fragments = false

  /// The part of a batch that is of interest; nil when nothing is.
  func part(of batch: WatchBatch) -> WatchBatch? {
    let events = batch.events.filter { keys.contains($0.keyValue.key) && !excluding.contains($0.kind) }
    return events.isEmpty ? nil : WatchBatch(revision: batch.revision, events: events)
  }
}
#endif
