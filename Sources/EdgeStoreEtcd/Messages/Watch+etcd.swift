#if Networking
import EdgeStore
import EtcdAPI

extension WatchRequest {
  /// - Parameters:
  ///   - start: the first revision that is still to be shown.
  ///   - id: unique on its stream.
  func etcd(from start: Revision, id: Int64) -> Etcd.WatchCreateRequest {
    var (key, rangeEnd) = keys.etcd
    var filters: [Etcd.WatchFilter] = []
    if excluding.contains(.put) { filters.append(.noPut) }
    if excluding.contains(.delete) { filters.append(.noDelete) }
    if keys.isEmpty {
      // etcd refuses to watch nothing; this is a watch that lets nothing through.
      (key, rangeEnd) = ([0], [])
      filters = [.noPut, .noDelete]
    }
    return Etcd.WatchCreateRequest(
      key: key, rangeEnd: rangeEnd, startRevision: start.rawValue, progressNotify: true, filters: filters,
      previousKV: previousValues, watchID: id, fragment: true)
  }
}

extension StoreEvent {
  init(_ event: Etcd.Event) {
    let kv = event.kv ?? Etcd.KeyValue()
    if event.type == .delete {
      self.init(
        kind: .delete,
        keyValue: KeyValue(
          key: StoreKey(kv.key), value: [], createRevision: .zero, modRevision: Revision(rawValue: kv.modRevision),
          version: 0),
        previous: event.previous.map { KeyValue($0) })
    } else {
      self.init(kind: .put, keyValue: KeyValue(kv), previous: event.previous.map { KeyValue($0) })
    }
  }
}

/// Puts the events of a watch together again, revision by revision, however they were divided into responses.
struct RevisionAssembly: Sendable {
  private var pending: [StoreEvent] = []

  /// Returns the revisions that are complete now.
  /// - Parameter isFragment: whether more events of the last revision may follow in the next response.
  mutating func add(_ events: [Etcd.Event], isFragment: Bool) -> [WatchBatch] {
    var complete: [WatchBatch] = []
    for event in events {
      let event = StoreEvent(event)
      if let last = pending.last, last.keyValue.modRevision != event.keyValue.modRevision { take(into: &complete) }
      pending.append(event)
    }
    if !isFragment { take(into: &complete) }
    return complete
  }

  private mutating func take(into complete: inout [WatchBatch]) {
    guard let revision = pending.first?.keyValue.modRevision else { return }
    complete.append(WatchBatch(revision: revision, events: pending))
    pending = []
  }
}
#endif
