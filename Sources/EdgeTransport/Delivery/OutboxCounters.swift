/// What an ``Outbox`` has done since it was made, for one class or for all of them.
public struct OutboxCounters: Hashable, Sendable {
  /// Items taken in, replacements included.
  public var enqueued = 0
  /// Unsent items that a newer version of their object replaced.
  public var coalesced = 0
  /// Items dropped because a version at least as new was already taken, or one with the same message id is on its way.
  public var stale = 0
  /// Items turned away because the outbox was full.
  public var refused = 0
  /// Unsent items that made room for newer ones, where the class says so.
  public var dropped = 0
  /// Messages handed out for sending, repetitions included.
  public var sent = 0
  /// Messages handed out again because no acknowledgement came in time.
  public var retransmitted = 0
  /// Items that returned to the front because the connection was lost.
  public var returned = 0
  public var acknowledged = 0
  /// Items of session classes that ended with their connection.
  public var ended = 0
  /// Items that the peer refused.
  public var rejected = 0
  /// Answers to nothing that is on its way: late, repeated or forged. Of no class.
  public var unmatchedAnswers = 0
  /// Items found in the journal when it was opened.
  public var restored = 0

  public init() {}

  static func + (left: OutboxCounters, right: OutboxCounters) -> OutboxCounters {
    var sum = left
    sum.enqueued += right.enqueued
    sum.coalesced += right.coalesced
    sum.stale += right.stale
    sum.refused += right.refused
    sum.dropped += right.dropped
    sum.sent += right.sent
    sum.retransmitted += right.retransmitted
    sum.returned += right.returned
    sum.acknowledged += right.acknowledged
    sum.ended += right.ended
    sum.rejected += right.rejected
    sum.unmatchedAnswers += right.unmatchedAnswers
    sum.restored += right.restored
    return sum
  }
}
