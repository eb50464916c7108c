/// What to watch, and from where.
public struct WatchRequest: Hashable, Sendable {
  public var keys: KeyRange
  /// The first revision of interest. Nil or zero: the one after the current. A future one is awaited in silence.
  /// After a list, use the list's revision + 1.
  public var startRevision: Revision?
  /// Whether events carry what the key held before.
  public var previousValues: Bool
  /// Kinds of events to leave out; a revision that holds nothing else is not shown.
  public var excluding: Set<StoreEvent.Kind>
  /// When nothing was shown for this long, show a batch without events: all up to its revision has been shown. Nil: only
  /// when ``StoreWatch/requestProgress()`` asks.
  public var progressInterval: Duration?

  public init(
    _ keys: KeyRange, startRevision: Revision? = nil, previousValues: Bool = false,
    excluding: Set<StoreEvent.Kind> = [], progressInterval: Duration? = nil
  ) {
    self.excluding = excluding
    self.progressInterval = progressInterval
    self.keys = keys
    self.startRevision = startRevision
    self.previousValues = previousValues
  }
}
