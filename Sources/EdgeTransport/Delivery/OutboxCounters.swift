/// What an ``Outbox`` has done since it was made.
public struct OutboxCounters: Hashable, Sendable {
  /// Items taken in, replacements included.
  public var enqueued = 0
  /// Unsent items that a newer version of their object replaced.
  public var coalesced = 0
  /// Items dropped because a version at least as new was already taken.
  public var stale = 0
  /// Items turned away because the outbox was full.
  public var refused = 0
  /// Messages handed out for sending, repetitions included.
  public var sent = 0
  /// Messages handed out again because no acknowledgement came in time.
  public var retransmitted = 0
  /// Items that returned to the front because the connection was lost.
  public var returned = 0
  public var acknowledged = 0
  /// Items that the peer refused.
  public var rejected = 0
  /// Answers to nothing that is on its way: late, repeated or forged.
  public var unmatchedAnswers = 0

  public init() {}
}
