import EdgePrimitives

public struct ReflectorConfiguration: Sendable {
  /// Objects on one page of a list.
  public var pageSize = 500
  /// How long to wait after the n-th failure in a row; jittered, so that a fleet does not come back in one instant (FF-23).
  public var backoff = Backoff()
  /// A watch from which nothing came for this long, not even a note of progress, is given up and resumed: its connection
  /// may be dead without anybody having been told. nil waits for ever.
  public var silenceLimit: Duration? = .seconds(120)

  public init() {}
}

/// Where a ``Reflector`` stands and what it went through.
public struct ReflectorStatus: Sendable {
  public enum Phase: Hashable, Sendable { case idle, listing, watching, waiting }

  public var phase = Phase.idle
  /// Everything up to here is in the view; nil before the first list.
  public var version: ResourceVersion?
  /// Complete lists.
  public var lists = 0
  /// Watches that were begun.
  public var watches = 0
  /// Times that the position was no longer in the source's history, so that a list had to follow.
  public var expirations = 0
  /// Watches given up because nothing came from them.
  public var silences = 0
  /// Changes that were taken in from watches.
  public var changes = 0
  /// Changes that a source told a second time; they were passed over.
  public var repeats = 0
  /// Changes into something that cannot be read.
  public var unreadable = 0
  public var failures = 0
  /// The last failure that was no expiration.
  public var lastError: ResourceError?
}
