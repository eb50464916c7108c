#if Networking
import EdgeStore
import EtcdAPI

/// One watch between the shared stream to the cluster and its reader.
///
/// ```
///            attach                created                    queue full (cancel upstream)
///   wanted ─────────▶ creating(id) ───────▶ following(id) ─────────────────────────────▶ lagging
///     ▲   ▲               │  stream lost        │  stream lost                              │
///     │   └───────────────┴─────────────────────┘                                           │
///     └────────────────────────────── reader drained the queue ─────────────────────────────┘
/// ```
/// `next` is the first revision that the queue does not hold. It only rises, every creation starts from it, and events
/// below it are dropped: so nothing is lost and nothing is shown twice, whatever happens to streams and members. A slow
/// reader's watch is given up at the server and begun again at `next` when the reader has caught up.
struct WatchFollowerStateMachine: Sendable {
  private enum Upstream: Equatable {
    case wanted
    case creating(id: Int64)
    case following(id: Int64, coverage: Coverage)
    case lagging
    case over
  }

  /// Which answers to requests for progress, which a server gives for all watches of a stream, are about this one too.
  private struct Coverage: Equatable {
    /// Where the store stood when the server took up the watch.
    var createdAt: Revision
    /// How many requests for progress had been sent on the stream by then.
    var requestsBefore: Int
  }

  /// What the reader gets once the queue is empty.
  private enum End: Sendable {
    case failure(StoreError)
    case over
  }

  private enum Note: Sendable { case none, asked, queued }

  let request: WatchRequest
  private(set) var next: Revision
  private var upstream = Upstream.wanted
  private var queue = WatchQueue()
  private var assembly = RevisionAssembly()
  private var note = Note.none
  private var end: End?
  private var isReaderWaiting = false

  init(_ request: WatchRequest, start: Revision) {
    self.request = request
    next = start
  }

  /// What the shell has to do.
  struct Action: Sendable {
    /// The waiting reader gets this.
    var resume: Result<WatchBatch, StoreError>?
    /// The watch with this id must be ended at the server.
    var cancel: Int64?

    static let none = Action()
  }

  // MARK: - The stream's side

  /// Whether the server may still have something for it.
  var isOpen: Bool { end == nil }
  var wantsUpstream: Bool { upstream == .wanted }
  var wantsProgress: Bool {
    switch upstream {
    case .lagging, .over: false
    case .wanted, .creating, .following: note == .asked
    }
  }

  /// Makes the request that begins the watch at the server.
  mutating func attach(id: Int64) -> Etcd.WatchCreateRequest {
    upstream = .creating(id: id)
    assembly = RevisionAssembly()
    return request.etcd(from: next, id: id)
  }

  mutating func created(at revision: Revision, requestsBefore: Int) {
    guard case .creating(let id) = upstream else { return }
    upstream = .following(id: id, coverage: Coverage(createdAt: revision, requestsBefore: requestsBefore))
  }

  mutating func streamLost() {
    switch upstream {
    case .creating, .following: upstream = .wanted
    case .wanted, .lagging, .over: break
    }
  }

  mutating func receive(_ events: [Etcd.Event], isFragment: Bool) -> Action {
    guard case .following = upstream else { return .none }
    var action = Action.none
    for batch in assembly.add(events, isFragment: isFragment) where batch.revision >= next {
      guard deliver(batch, &action) else { break }
    }
    return action
  }

  /// Returns false when the reader is too slow for the batch, or it cannot be shown; the watch has been given up at the
  /// server then.
  private mutating func deliver(_ batch: WatchBatch, _ action: inout Action) -> Bool {
    if request.previousValues, batch.events.contains(where: { !$0.isCreate && $0.previous == nil }) {
      // The server leaves previous values out in silence when they have been compacted.
      let failed = fail(.compacted(batch.revision, compactedRevision: batch.revision))
      action.cancel = failed.cancel
      if action.resume == nil { action.resume = failed.resume }
      return false
    }
    if isReaderWaiting {
      isReaderWaiting = false
      action.resume = .success(batch)
    } else if !queue.append(batch) {
      action.cancel = upstreamID
      upstream = .lagging
      return false
    }
    next = max(next, batch.revision.next)
    return true
  }

  /// Everything up to `revision` that this watch wants has been received.
  mutating func reached(_ revision: Revision) -> Action {
    guard end == nil, upstream != .lagging else { return .none }
    next = max(next, revision.next)
    guard note == .asked else { return .none }
    let batch = WatchBatch(revision: revision, events: [])
    if isReaderWaiting {
      isReaderWaiting = false
      note = .none
      return Action(resume: .success(batch))
    }
    // If there is no room the reader is behind; it is told when it has caught up.
    if queue.append(batch) { note = .queued }
    return .none
  }

  /// A server's answer to the `index`-th request for progress of the stream, or to a later one.
  mutating func reachedByAll(_ revision: Revision, index: Int) -> Action {
    guard case .following(_, let coverage) = upstream else { return .none }
    // An answer that was given before the server took up this watch says nothing about it.
    guard index > coverage.requestsBefore || revision > coverage.createdAt else { return .none }
    return reached(revision)
  }

  /// Takes what was read for this watch by other means: all it wants from `next` up to `through`.
  mutating func absorb(_ batches: [WatchBatch], through: Revision, goal: Revision) -> Action {
    guard end == nil, upstream != .lagging else { return .none }
    var action = Action.none
    for batch in batches where batch.revision >= next {
      guard deliver(batch, &action) else { return action }
    }
    next = max(next, through.next)
    if through >= goal {
      let noted = reached(goal)
      if action.resume == nil { action.resume = noted.resume }
    }
    return action
  }

  // MARK: - The reader's side

  enum ReadStep: Equatable {
    case deliver(WatchBatch)
    /// `wantsUpstream`: the queue was drained, and the watch has to be begun again at the server.
    case wait(wantsUpstream: Bool)
    case end
  }

  mutating func read() throws(StoreError) -> ReadStep {
    if isReaderWaiting { throw StoreError(.misuse, "two tasks read one watch at the same time") }
    if let batch = queue.popFirst() {
      if batch.events.isEmpty { note = .none }
      return .deliver(batch)
    }
    switch end {
    case .failure(let error):
      end = .over
      throw error
    case .over: return .end
    case nil: break
    }
    let wasLagging = upstream == .lagging
    if wasLagging { upstream = .wanted }
    isReaderWaiting = true
    return .wait(wantsUpstream: wasLagging)
  }

  /// Returns whether the request is new.
  mutating func requestProgress() -> Bool {
    guard end == nil, note == .none else { return false }
    note = .asked
    return true
  }

  // MARK: - Ends

  /// The reader gets what is queued, then the error.
  mutating func fail(_ error: StoreError) -> Action {
    guard end == nil else { return .none }
    var action = Action(cancel: upstreamID)
    upstream = .over
    end = .failure(error)
    if isReaderWaiting {
      isReaderWaiting = false
      end = .over
      action.resume = .failure(error)
    }
    return action
  }

  /// What has to be ended at the server when nobody wants the watch any more.
  var upstreamID: Int64? {
    switch upstream {
    case .creating(let id), .following(let id, _): id
    case .wanted, .lagging, .over: nil
    }
  }
}
#endif
