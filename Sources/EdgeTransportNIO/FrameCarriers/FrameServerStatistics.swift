#if Networking
import Metrics
import Synchronization

/// What a ``TLSFrameServer`` has seen since it was made.
public struct FrameServerStatistics: Hashable, Sendable {
  /// Carriers now.
  public var connections = 0
  public var accepted = 0
  /// Who has another protocol, is no node, or found no place.
  public var refused = 0
  /// Connections closed because their handshake took too long or too many were in it.
  public var handshakesCut = 0
  /// Who spoke no TLS, or had no certificate of ours.
  public var handshakesFailed = 0
}

/// Counts for ``FrameServerStatistics`` and for the process's metrics system.
final class FrameServerCounters: Sendable {
  private let statistics = Mutex(FrameServerStatistics())
  private let connections = Gauge(label: "edge_frames_connections")

  var snapshot: FrameServerStatistics { statistics.withLock { $0 } }

  func begin() {
    connections.record(
      statistics.withLock { statistics in
        statistics.accepted += 1
        statistics.connections += 1
        return statistics.connections
      })
    Self.increment("accepted")
  }

  func end() {
    connections.record(
      statistics.withLock { statistics in
        statistics.connections -= 1
        return statistics.connections
      })
  }

  func refused() {
    statistics.withLock { $0.refused += 1 }
    Self.increment("refused")
  }

  func handshakeCut() {
    statistics.withLock { $0.handshakesCut += 1 }
    Self.increment("handshakes_cut")
  }

  func handshakeFailed() {
    statistics.withLock { $0.handshakesFailed += 1 }
    Self.increment("handshakes_failed")
  }

  private static func increment(_ name: String) { Counter(label: "edge_frames_\(name)_total").increment() }
}
#endif
