#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import NIOCore
import Synchronization

/// All watches of a server, fed by one watch of the whole store.
///
/// What happens is encoded once for each group of watches that ask for the same, into the group's log. Nothing is addressed to
/// a watch until its stream can send: then each watch with something to be told gets, in turn, one response with all that
/// the log has for it. So a watch that is up to date and one that is a little behind are the same thing. Only one whose
/// place has left the log *lags*: its stream's catch-up reads what it missed, from what happened last or from the store's
/// log, as fast as the client takes it.
///
/// ```
///   created, start after the log's floor ─▶ follows the log ──the log left its place behind──▶ lags
///   created, start before that ─────────────────▲──────read up to the log────────────────────────┘
/// ```
/// Everything that is sent on a stream is taken from here under one lock, so that each stream's order is the order of the
/// hub's decisions: a note of progress never overtakes an event, and nothing follows a cancellation.
final class WatchHub: Sendable {
  typealias StreamID = Int
  typealias WatcherID = Int

  let state = Mutex(State())
  let identity: MemberIdentity
  let gauges = WatchGauges()
  /// Not less than there are.
  fileprivate let watcherCount = Atomic(0)
  private let limit: Int

  /// - Parameter limit: how many watches there may be at once.
  init(identity: MemberIdentity, limit: Int) {
    self.identity = identity
    self.limit = limit
  }

  /// False when nobody would see what happens.
  var isWatched: Bool { watcherCount.load(ordering: .sequentiallyConsistent) > 0 }

  /// Changes what the hub knows, and does what follows from it when the lock is free.
  func change(_ body: @Sendable (inout State, inout Wakes) -> Void) {
    let wakes = state.withLock { state -> Wakes in
      var wakes = Wakes()
      body(&state, &wakes)
      return wakes
    }
    wakes.perform(gauges)
  }

  // MARK: - Streams

  func open(_ drain: GRPCMessageDrain) -> StreamID {
    let id = state.withLock { state in
      state.nextID += 1
      state.streams[state.nextID] = Stream(id: state.nextID, drain: drain)
      state.report(to: self)
      return state.nextID
    }
    drain.draw(from: WatchResponses(hub: self, stream: id))
    return id
  }

  func close(_ stream: StreamID) {
    change { state, wakes in
      guard let open = state.streams.removeValue(forKey: stream) else { return }
      wakes.end(open)
      for watcher in Array(open.watchers.values) { state.remove(watcher, &wakes) }
      state.progressStreams.remove(stream)
      state.report(to: self)
    }
  }

  // MARK: - Watches

  /// How much of what a watch asks for was there when it asked.
  enum Reach: Hashable {
    case all
    /// It begins at the compacted revision. What that one's keys held before cannot be read any more, and is not shown
    /// either, as in etcd. A watch that began in time keeps its previous values, whatever is compacted meanwhile.
    case withoutFirstPrevious
    /// It begins before the compacted revision and ends as soon as it exists.
    case none(compacted: Revision)
  }

  struct Creation {
    /// 0 lets the hub choose.
    var watchID: Int64
    var selection: WatchSelection
    var start: Revision
    var wantsProgress: Bool
    var reach: Reach
    /// Where the store stood.
    var current: Revision
  }

  /// Tells the client that the watch exists, and begins it.
  func create(_ creation: Creation, on stream: StreamID) {
    change { state, wakes in
      guard let open = state.streams[stream] else { return }
      guard let watchID = open.freeWatchID(creation.watchID) else {
        return open.say(refusal(Etcd.Failure.duplicateWatchID, creation.current), &wakes)
      }
      guard state.watchers.count < limit else {
        return open.say(refusal(Etcd.Failure.tooManyRequests.message, creation.current), &wakes)
      }
      let header = identity.header(creation.current)
      open.say(Etcd.WatchResponse(header: header, watchID: watchID, created: true), &wakes)
      if case .none(let compacted) = creation.reach {
        let end = Etcd.WatchResponse(
          header: header, watchID: watchID, canceled: true, compactRevision: compacted.rawValue)
        open.remember(ended: watchID)
        return open.say(end, &wakes)
      }
      state.newestCreation = max(state.newestCreation, creation.current)
      state.insert(creation, watchID, open, &wakes)
      state.report(to: self)
    }
  }

  /// Tells the client that it cannot have the watch.
  func refuse(_ reason: String, on stream: StreamID, current: Revision) {
    say(refusal(reason, current), on: stream)
  }

  private func refusal(_ reason: String, _ current: Revision) -> Etcd.WatchResponse {
    Etcd.WatchResponse(
      header: identity.header(current), watchID: -1, created: true, canceled: true, cancelReason: reason)
  }

  private func say(_ response: Etcd.WatchResponse, on stream: StreamID) {
    change { state, wakes in
      state.streams[stream]?.say(response, &wakes)
    }
  }

  /// Ends a watch because its client wants it; an unknown one is passed over. One that has ended by itself is answered once.
  func cancel(_ watchID: Int64, on stream: StreamID) {
    change { state, wakes in
      guard let open = state.streams[stream] else { return }
      if let watcher = open.watchers[watchID] {
        state.remove(watcher, &wakes)
      } else if open.endedIDs.remove(watchID) == nil {
        return
      }
      open.say(
        Etcd.WatchResponse(header: identity.header(state.position), watchID: watchID, canceled: true), &wakes)
      state.report(to: self)
    }
  }

  /// Ends a watch because what it should see next is compacted.
  func end(_ id: WatcherID, compacted: Revision, current: Revision) {
    change { state, wakes in
      guard let watcher = state.watchers[id] else { return }
      let stream = watcher.stream
      state.remove(watcher, &wakes)
      stream.remember(ended: watcher.watchID)
      stream.say(
        Etcd.WatchResponse(
          header: identity.header(current), watchID: watcher.watchID, canceled: true,
          compactRevision: compacted.rawValue), &wakes)
      state.report(to: self)
    }
  }

  /// Returns when the client has taken so many of the answers to what it asked that it may ask for more.
  func roomForAnswers(_ stream: StreamID) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let hasRoom = state.withLock { state in
          guard let open = state.streams[stream], open.isFull, !Task.isCancelled else { return true }
          open.roomWaiter = continuation
          return false
        }
        if hasRoom { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        defer { state.streams[stream]?.roomWaiter = nil }
        return state.streams[stream]?.roomWaiter
      }
      waiter?.resume()
    }
  }
}

extension WatchHub.State {
  fileprivate func report(to hub: WatchHub) {
    hub.watcherCount.store(watchers.count, ordering: .sequentiallyConsistent)
    hub.gauges.set(watchers: watchers.count, streams: streams.count)
  }
}
#endif
