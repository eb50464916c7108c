import EdgePrimitives

/// Where a reflector stands between its source's lists and watches.
///
/// ```
///              listed(v)                        batch(w): v := w
///   unlisted ─────────────▶ positioned(v) ─────────────────────┐
///      ▲                      │   ▲  └──────────────────────────┘
///      └──────── expired ─────┘   └── ended, failed, silent: watch again after v
/// ```
/// The position moves only when a batch has been told whole: a batch that a lost watch cut off comes again from its start,
/// so nothing is missed, and what of it was taken in already is recognized by its version.
struct ReflectorStateMachine: Sendable {
  enum Step: Equatable {
    /// - Parameter limit: nil asks for all in one page, for a source whose history is shorter than a paged list takes.
    case list(limit: Int?)
    case watch(after: ResourceVersion)
  }

  enum WatchEnd: Sendable {
    case ended
    case silent
    case failed(ResourceError)
  }

  private(set) var position: ResourceVersion?
  private var expirationsInARow = 0
  private var hasProgressed = false
  private var backoff: Backoff
  private let pageSize: Int

  init(pageSize: Int, backoff: Backoff) {
    self.pageSize = pageSize
    self.backoff = backoff
  }

  mutating func next() -> Step {
    hasProgressed = false
    if let position { return .watch(after: position) }
    return .list(limit: expirationsInARow < 2 ? pageSize : nil)
  }

  mutating func listed(at version: ResourceVersion) { position = version }

  /// Whether a batch says anything new; one from before the position says nothing.
  func accepts(_ version: ResourceVersion) -> Bool { position.map { !version.isBefore($0) } ?? false }

  /// A batch was told whole.
  mutating func advanced(to version: ResourceVersion) {
    if position != version { hasProgressed = true }
    position = version
  }

  mutating func listFailed(_ error: ResourceError, _ entropy: some EntropySource) -> Duration {
    if error.reason == .expired { expirationsInARow += 1 }
    return backoff.next(using: entropy)
  }

  /// How long to wait before the next step.
  mutating func watchEnded(_ end: WatchEnd, lived: Duration, _ entropy: some EntropySource) -> Duration {
    // Only a watch that has brought something, or stood for long, proves that the source is well again.
    if hasProgressed || lived >= backoff.cap {
      backoff.reset()
      expirationsInARow = 0
    }
    if case .failed(let error) = end, error.reason == .expired {
      position = nil
      expirationsInARow += 1
    }
    return backoff.next(using: entropy)
  }
}
