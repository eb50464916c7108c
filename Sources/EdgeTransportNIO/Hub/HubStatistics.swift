#if Networking
import Metrics
import Synchronization

/// What a hub has seen since it was made.
public struct HubStatistics: Hashable, Sendable {
  /// Nodes connected now.
  public var sessions = 0
  public var accepted = 0
  /// Upgrade requests answered with an error.
  public var refused = 0
  /// Sessions that a newer one of the same node replaced.
  public var takenOver = 0
  /// Connections closed because their handshake took too long or too many were in it.
  public var handshakesCut = 0
}

/// Counts for ``HubStatistics`` and for the process's metrics system.
final class HubCounters: Sendable {
  private let statistics = Mutex(HubStatistics())
  private let accepted = Counter(label: "edge_hub_sessions_accepted_total")
  private let refused = Counter(label: "edge_hub_sessions_refused_total")
  private let takenOver = Counter(label: "edge_hub_sessions_taken_over_total")
  private let handshakesCut = Counter(label: "edge_hub_handshakes_cut_total")
  private let sessions = Gauge(label: "edge_hub_sessions")

  var snapshot: HubStatistics { statistics.withLock { $0 } }

  func sessionAccepted(replacing: Bool, sessions count: Int) {
    statistics.withLock { statistics in
      statistics.accepted += 1
      statistics.takenOver += replacing ? 1 : 0
      statistics.sessions = count
    }
    accepted.increment()
    if replacing { takenOver.increment() }
    sessions.record(count)
  }

  func sessionEnded(sessions count: Int) {
    statistics.withLock { $0.sessions = count }
    sessions.record(count)
  }

  func requestRefused() {
    statistics.withLock { $0.refused += 1 }
    refused.increment()
  }

  func handshakeCut() {
    statistics.withLock { $0.handshakesCut += 1 }
    handshakesCut.increment()
  }
}
#endif
