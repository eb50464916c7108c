#if Networking
import EdgeStore
import Synchronization

/// Follows a store that tells of what it publishes: what was committed together is shown together, and the store's writer
/// does no more than note it.
final class PublicationFeed: WatchFeed {
  fileprivate enum News {
    case changes([[Change]])
    case standing(Revision)
    /// More came than may wait: up to here nothing will be shown, and watches find it in the store's log.
    case gap(upTo: Revision)
  }

  fileprivate struct State {
    var news: [News] = []
    var revisionCount = 0
    var isClosed = false
    var reader: CheckedContinuation<[News]?, Never>?
    var follower: PublicationFollower?
    /// Asked for before there was a follower.
    var owesStanding = false
    var isWatched: @Sendable () -> Bool = { true }
  }

  private let store: any PublicationSource
  private let state = Mutex(State())

  /// Revisions that may wait to be shown. They take no memory that the store's log does not take.
  fileprivate static let capacity = 16_384
  /// Revisions that may wait while nobody watches, so that writers do not wake a task with each of their groups.
  private static let heldBack = 512

  init(_ store: any PublicationSource) { self.store = store }

  func run(_ hub: WatchHub, onReady: @Sendable () -> Void) async throws(StoreError) {
    let follower = try store.follow(wantsPreviousValues: { hub.isWatched }, { [self] in receive($0) })
    // It holds the store's hold on this feed, so it ends with this call.
    defer {
      state.withLock {
        $0.follower = nil
        $0.isWatched = { true }
      }
    }
    hub.restart(at: follower.start)
    let owesStanding = state.withLock { state in
      state.follower = follower
      state.isWatched = { hub.isWatched }
      return state.owesStanding
    }
    if owesStanding { follower.requestStanding() }
    onReady()
    while let news = await next() { show(news, to: hub) }
  }

  func requestProgress() {
    let follower = state.withLock { state in
      if state.follower == nil { state.owesStanding = true }
      return state.follower
    }
    follower?.requestStanding()
  }

  private func receive(_ publication: Publication) {
    let (reader, news) = state.withLock { state -> (CheckedContinuation<[News]?, Never>?, [News]?) in
      switch publication {
      case .changes(let changes):
        state.add(changes)
        if state.revisionCount < Self.heldBack && !state.isWatched() { return (nil, nil) }
      case .standing(let revision): state.news.append(.standing(revision))
      case .closed: state.isClosed = true
      }
      defer { state.reader = nil }
      return (state.reader, state.reader == nil ? nil : state.take())
    }
    reader?.resume(returning: news)
  }

  func watchBegan() {
    let (reader, news) = state.withLock { state -> (CheckedContinuation<[News]?, Never>?, [News]?) in
      guard let reader = state.reader, let news = state.take() else { return (nil, nil) }
      state.reader = nil
      return (reader, news)
    }
    reader?.resume(returning: news)
  }

  /// All that has come since the last call, as soon as there is anything; nil when the store is closed or the task
  /// cancelled.
  private func next() async -> [News]? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let news = state.withLock { state -> [News]?? in
          if Task.isCancelled { return .some(nil) }
          if let news = state.take() { return news }
          if state.isClosed { return .some(nil) }
          state.reader = continuation
          return nil
        }
        if let news { continuation.resume(returning: news) }
      }
    } onCancel: {
      let reader = state.withLock { state in
        defer { state.reader = nil }
        return state.reader
      }
      reader?.resume(returning: nil)
    }
  }

  private func show(_ news: [News], to hub: WatchHub) {
    var batches: [WatchBatch] = []
    // Revisions committed while nobody watched. Whoever watches now finds them, complete, in the store's log.
    var gap: Revision?
    func flush() {
      if let gap { hub.restart(at: gap) }
      hub.publish(batches)
      gap = nil
      batches = []
    }
    for item in news {
      switch item {
      case .changes(let revisions):
        for changes in revisions {
          guard let revision = changes.first?.version.keyValue.modRevision else { continue }
          if changes.contains(where: \.lacksPreviousValue) {
            if !batches.isEmpty { flush() }
            gap = revision
            continue
          }
          batches.append(
            WatchBatch(revision: revision, events: changes.map { $0.event(withPrevious: true, among: changes) }))
        }
      case .standing(let revision):
        flush()
        hub.noteProgress(revision)
      case .gap(let revision):
        batches = []
        gap = revision
      }
    }
    flush()
  }
}

extension PublicationFeed.State {
  fileprivate mutating func add(_ changes: [[Change]]) {
    revisionCount += changes.count
    guard revisionCount > PublicationFeed.capacity, let last = changes.last?.first else {
      return news.append(.changes(changes))
    }
    // Progress that somebody waits for is told behind the gap.
    news =
      [.gap(upTo: last.version.keyValue.modRevision)]
      + news.filter { if case .standing = $0 { true } else { false } }
    revisionCount = 0
  }

  /// Nil when there is nothing and the store is not closed.
  fileprivate mutating func take() -> [PublicationFeed.News]? {
    if news.isEmpty { return nil }
    defer { news = [] }
    revisionCount = 0
    return news
  }
}
#endif
