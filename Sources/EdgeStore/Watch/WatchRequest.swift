/// What to watch, and from where.
public struct WatchRequest: Hashable, Sendable {
  public var keys: KeyRange
  /// The first revision of interest. Nil or zero: the one after the current. A future one is awaited in silence.
  /// After a list, use the list's revision + 1.
  public var startRevision: Revision?
  /// Whether events carry what the key held before.
  public var previousValues: Bool

  public init(_ keys: KeyRange, startRevision: Revision? = nil, previousValues: Bool = false) {
    self.keys = keys
    self.startRevision = startRevision
    self.previousValues = previousValues
  }
}
