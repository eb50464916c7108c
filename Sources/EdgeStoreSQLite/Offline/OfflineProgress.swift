#if SQLite
/// How far a long piece of work on a whole database has come.
public struct OfflineProgress: Sendable, Hashable {
  /// What is being done, for people: "checking pages".
  public var step: String
  public var done: Int64
  /// Zero when it cannot be told.
  public var total: Int64

  public init(step: String, done: Int64 = 0, total: Int64 = 0) {
    self.step = step
    self.done = done
    self.total = total
  }

  /// Rows between two reports.
  package static let rowsBetween: Int64 = 4096
}
#endif
