#if Networking
import NIOCore

/// Finds half-open links: whoever is silent gets a ping, whoever stays silent after it is gone.
///
/// KubeEdge sends no pings and sets no read deadline on the edge, so a link that a router forgot stays "connected" until
/// the edge is restarted (kubeedge#6181, #4070). Any frame counts as a sign of life.
struct Liveness {
  enum Action: Equatable {
    /// Nothing to do before this moment.
    case wait(until: NIODeadline)
    /// Send a ping and look again at this moment.
    case ping(lookAgain: NIODeadline)
    case dead
  }

  private let interval: TimeAmount
  private let timeout: TimeAmount
  private var lastHeard: NIODeadline
  private var pinged: NIODeadline?

  init(interval: TimeAmount, timeout: TimeAmount, now: NIODeadline) {
    self.interval = interval
    self.timeout = timeout
    lastHeard = now
  }

  mutating func heard(now: NIODeadline) {
    lastHeard = now
    pinged = nil
  }

  mutating func tick(now: NIODeadline) -> Action {
    if let pinged {
      if now >= pinged + timeout { return .dead }
      return .wait(until: pinged + timeout)
    }
    if now >= lastHeard + interval {
      pinged = now
      return .ping(lookAgain: now + timeout)
    }
    return .wait(until: lastHeard + interval)
  }
}
#endif
