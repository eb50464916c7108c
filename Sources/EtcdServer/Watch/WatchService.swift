#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI

/// `etcdserverpb.Watch`: any number of watches on each stream.
struct WatchService: Sendable {
  let hub: WatchHub
  let feed: any WatchFeed
  let access: StoreAccess

  func register(in services: inout GRPCServices) {
    services.drawing(GRPCMethod(Etcd.Watch.watch)) { requests, drain, _ in
      let stream = hub.open(drain)
      defer { hub.close(stream) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          while let request = try await requests.next() {
            await hub.roomForAnswers(stream)
            try await handle(request, stream)
          }
        }
        group.addTask { try await WatchCatchUp(hub: hub, access: access, stream: stream).run() }
        defer { group.cancelAll() }
        // A client that has said its last word (as tools do that send one request) goes on being told what its watches see, until
        // it gives up the stream.
        while try await group.next() != nil {}
      }
    }
  }

  private func handle(_ request: Etcd.WatchRequest, _ stream: WatchHub.StreamID) async throws {
    switch request {
    case .create(let creation): try await create(creation, stream)
    case .cancel(let cancellation): hub.cancel(cancellation.watchID, on: stream)
    case .progress:
      hub.wantProgress(on: stream)
      feed.requestProgress()
    case .unknown: break
    }
  }

  private func create(_ request: Etcd.WatchCreateRequest, _ stream: WatchHub.StreamID) async throws {
    let key = request.key.isEmpty ? [0] : request.key
    let current = try await answering { () async throws(StoreError) in try await access.currentRevision() }
    if request.startRevision < 0 {
      return hub.refuse(Etcd.Failure.compacted.message, on: stream, current: current)
    }
    if request.rangeEnd != [0], !request.rangeEnd.isEmpty, !(StoreKey(key) < StoreKey(request.rangeEnd)) {
      return hub.refuse("mvcc: watcher range is empty", on: stream, current: current)
    }
    let start = request.startRevision == 0 ? current.next : Revision(rawValue: request.startRevision)
    let reach = try await reach(of: start, current)
    let creation = WatchHub.Creation(
      watchID: request.watchID,
      selection: WatchSelection(
        keys: KeyRange(key: key, rangeEnd: request.rangeEnd), excluding: Set(request.filters.compactMap(\.kind)),
        previousValues: request.previousKV, fragments: request.fragment),
      start: start, wantsProgress: request.progressNotify, reach: reach, current: current)
    hub.create(creation, on: stream)
    feed.watchBegan()
  }

  private func reach(of start: Revision, _ current: Revision) async throws -> WatchHub.Reach {
    if start > current { return .all }
    do throws(StoreError) {
      _ = try await access.currentRevision(reaching: start)
      if start > .initial { _ = try await access.currentRevision(reaching: Revision(rawValue: start.rawValue - 1)) }
      return .all
    } catch {
      guard let compacted = error.compactedRevision else { throw GRPCStatus(error) }
      return start < compacted ? .none(compacted: compacted) : .withoutFirstPrevious
    }
  }
}

extension Etcd.WatchFilter {
  fileprivate var kind: StoreEvent.Kind? {
    switch self {
    case .noPut: .put
    case .noDelete: .delete
    default: nil
    }
  }
}
#endif
