#if Networking
/// Tells from what passes on one event loop whether it is a conversation: one connection whose peer sends one small message
/// and waits for the answer, again and again, while no other connection of the loop has anything to say.
///
/// The answer must be made on the loop, in the turn that brought the message. One that comes from another thread needs a
/// processor of its own at each end, which polling would take from it: measured on two processors, the middle of such round
/// trips is better with polling and their tail is worse.
///
/// Pure: the times, in nanoseconds, come in. What it finds out about the waits goes to a ``PollWindow``.
struct Conversation {
  /// A message beyond this is not waited for by its last microsecond.
  static let smallMessageBytes = 16 << 10

  private enum Phase {
    case none
    /// A message came then, in this turn, and was not answered yet.
    case answering(since: Int64)
    /// The answer left then.
    case waiting(since: Int64)
  }

  private(set) var window = PollWindow(maximum: 0)
  private var partner: ObjectIdentifier?
  private var phase = Phase.none

  /// A read of `connection` brought this.
  /// - Parameter maximum: how long its end may poll at most.
  mutating func received(
    messages: Int, bytes: Int, from connection: ObjectIdentifier, maximum: Int64, now: Int64
  ) {
    guard partner == connection else {
      partner = connection
      window = PollWindow(maximum: maximum)
      phase = .answering(since: now)
      return
    }
    switch phase {
    case .waiting(let since) where messages == 1 && bytes <= Self.smallMessageBytes: window.waited(now - since)
    // The rest of a message, or a control frame; nothing came before it.
    case .none where messages == 0, .waiting where messages == 0: return
    default: window.close()
    }
    phase = .answering(since: now)
  }

  /// Something was sent on `connection`.
  /// - Returns: until when to poll; nil when not at all.
  mutating func sent(on connection: ObjectIdentifier, now: Int64) -> Int64? {
    guard partner == connection else {
      end()
      return nil
    }
    guard case .answering(let since) = phase else { return nil }
    phase = .waiting(since: now)
    // The answer took its time: so will the next, and nobody waits for a microsecond.
    if now - since > window.quick { window.close() }
    return window.current > 0 ? now + window.current : nil
  }

  /// Whether ``sent(on:now:)`` would say something other than nil or learn anything: spares a look at the clock.
  func concerns(_ connection: ObjectIdentifier) -> Bool {
    guard let partner else { return false }
    if partner != connection { return true }
    if case .answering = phase { return true }
    return false
  }

  /// The turn of the loop that began with what was received is over.
  mutating func turnEnded() {
    guard case .answering = phase else { return }
    phase = .none
    window.close()
  }

  mutating func removed(_ connection: ObjectIdentifier) { if partner == connection { end() } }

  /// The loop has something else to do, or the partner is gone.
  private mutating func end() {
    partner = nil
    phase = .none
  }
}
#endif
