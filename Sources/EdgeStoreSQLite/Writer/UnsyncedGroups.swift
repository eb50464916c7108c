#if SQLite
/// Groups that are in the log and wait for the disk, oldest first. Nobody is told of them before.
///
/// The writer goes on while the disk works, so that neither waits for the other. But each group costs pages of its own, so
/// the writer gets ahead only when enough has gathered: at least half as much as is on its way, and no more than one
/// group behind the one the disk works at.
struct UnsyncedGroups {
  private var waiting: [GroupWriter.Result] = []
  private var isSyncing = false
  private var groups = 0
  private var requests = 0
  private var isWriterWaiting = false

  var isEmpty: Bool { groups == 0 }

  private static let maximumCount = 2

  /// Returns whether somebody has to begin syncing.
  mutating func add(_ group: GroupWriter.Result) -> Bool {
    waiting.append(group)
    groups += 1
    requests += group.outcomes.count
    defer { isSyncing = true }
    return !isSyncing
  }

  /// All that wait; nil when there are none, and syncing has ended.
  mutating func take() -> [GroupWriter.Result]? {
    if waiting.isEmpty {
      isSyncing = false
      return nil
    }
    defer { waiting = [] }
    return waiting
  }

  /// Takes note that groups taken earlier have been answered. Returns whether the writer waits to be woken.
  mutating func answered(_ groups: Int, requests: Int) -> Bool {
    self.groups -= groups
    self.requests -= requests
    defer { isWriterWaiting = false }
    return isWriterWaiting
  }

  enum WriterAction: Equatable {
    case goOn
    /// Wait until some are answered or, unless nil, so many requests have gathered; then ask again.
    case wait(gathering: Int?)
  }

  /// - Parameter pending: how many requests wait for the writer.
  mutating func nextWriterAction(pending: Int) -> WriterAction {
    isWriterWaiting = false
    if groups == 0 { return .goOn }
    let enough = Self.enough(besides: requests)
    if groups < Self.maximumCount && pending >= enough { return .goOn }
    isWriterWaiting = true
    return .wait(gathering: groups < Self.maximumCount ? enough : nil)
  }

  /// Whether the writer should leave a group of so many requests to be synced by another, and go on.
  func isWorthLeaving(_ requests: Int, pending: Int) -> Bool {
    !isEmpty || pending >= Self.enough(besides: requests)
  }

  private static func enough(besides requests: Int) -> Int { max(1, (requests + 1) / 2) }
}
#endif
