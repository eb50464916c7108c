#if Networking
/// How many sessions may begin per second: a token bucket that also says when to come back.
///
/// After an outage a whole fleet returns; each new session costs a handshake and a synchronisation. Those beyond the budget
/// are told to wait, each a little longer than the one before, so that they return at the rate the hub can bear.
struct AdmissionBudget {
  private let rate: Double
  private let burst: Double
  private var tokens: Double
  /// Those who were sent away and have not had their turn yet.
  private var promised = 0.0
  private var last: ContinuousClock.Instant

  init(perSecond rate: Int, burst: Int, now: ContinuousClock.Instant) {
    precondition(rate > 0 && burst > 0, "a hub that admits nobody needs no budget")
    self.rate = Double(rate)
    self.burst = Double(burst)
    tokens = Double(burst)
    last = now
  }

  enum Decision: Equatable {
    case admit
    case comeBack(after: Duration)
  }

  mutating func request(now: ContinuousClock.Instant) -> Decision {
    let earned = max(0, last.duration(to: now) / .seconds(1)) * rate
    last = max(last, now)
    tokens = min(burst, tokens + earned)
    promised = max(0, promised - earned)
    if tokens >= 1 {
      tokens -= 1
      return .admit
    }
    promised += 1
    // A day of waiting is said to nobody: whoever comes back early is told again.
    return .comeBack(after: .seconds(min(60, max(1, (promised / rate).rounded(.up)))))
  }
}
#endif
