#if Networking
import NIOCore

/// Finds peers that are no longer there, or only seem to be: whoever is silent gets a ping, and whoever stays silent after
/// it, takes nothing of what is sent to it or never ends a message it began is gone.
///
/// KubeEdge sends no pings and sets no read deadline on the edge and no write deadline on the cloud, so a link that a
/// router forgot stays "connected" until the edge is restarted (kubeedge#6181, #4070). Any byte counts as a sign of life.
package struct Liveness {
  enum Action: Equatable {
    /// Nothing to do before this moment.
    case wait(until: NIODeadline)
    /// Send a ping and look again at this moment.
    case ping(lookAgain: NIODeadline)
    case dead(Reason)
  }

  package enum Reason: String, Hashable {
    case silent = "the peer no longer answers pings"
    case takesNothing = "the peer no longer takes what is sent to it"
    case endlessMessage = "the peer does not end a message that it began"
  }

  private let interval: TimeAmount
  private let timeout: TimeAmount
  private let writeTimeout: TimeAmount
  private let messageTimeout: TimeAmount
  private var lastHeard: NIODeadline
  private var pinged: NIODeadline?
  /// While bytes wait for the socket: how many it had taken when it last took some, and when that was seen.
  private var stalled: (taken: Int, since: NIODeadline)?
  private var messageBegan: NIODeadline?

  init(_ timing: WebSocketTiming, now: NIODeadline) {
    interval = TimeAmount(timing.pingInterval)
    timeout = TimeAmount(timing.pingTimeout)
    writeTimeout = TimeAmount(timing.writeTimeout)
    messageTimeout = TimeAmount(timing.messageTimeout)
    lastHeard = now
  }

  /// Bytes came. - Parameter isInsideMessage: whether they end in the middle of a message.
  mutating func heard(now: NIODeadline, isInsideMessage: Bool = false) {
    lastHeard = now
    pinged = nil
    if !isInsideMessage {
      messageBegan = nil
    } else if messageBegan == nil {
      messageBegan = now
    }
  }

  /// - Parameters:
  ///   - written: bytes handed to the socket since the start.
  ///   - waiting: those among them that it has not taken yet.
  mutating func tick(now: NIODeadline, written: Int = 0, waiting: Int = 0) -> Action {
    if let messageBegan, now >= messageBegan + messageTimeout { return .dead(.endlessMessage) }
    if waiting == 0 {
      stalled = nil
    } else if let stalled, written - waiting <= stalled.taken {
      if now >= stalled.since + writeTimeout { return .dead(.takesNothing) }
    } else {
      stalled = (written - waiting, now)
    }
    var next = lastHeard + interval
    var isPingDue = false
    if let pinged {
      if now >= pinged + timeout { return .dead(.silent) }
      next = pinged + timeout
    } else if now >= next {
      pinged = now
      isPingDue = true
      next = now + timeout
    }
    if let stalled { next = min(next, stalled.since + writeTimeout) }
    if let messageBegan { next = min(next, messageBegan + messageTimeout) }
    return isPingDue ? .ping(lookAgain: next) : .wait(until: next)
  }
}
#endif
