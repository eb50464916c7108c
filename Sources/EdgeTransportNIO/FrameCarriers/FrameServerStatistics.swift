#if Networking
import Metrics
import Synchronization

/// What a server of frame carriers, such as ``TLSFrameServer``, has seen since it was made.
public struct FrameServerStatistics: Hashable, Sendable {
  /// Carriers now.
  public var connections = 0
  public var accepted = 0
  /// Who has another protocol, is no node, was not admitted, or found no place.
  public var refused = 0
  /// Connections closed because their handshake took too long or too many were in it.
  public var handshakesCut = 0
  /// Who spoke no TLS, had no certificate of ours, or broke a rule before the handshake was over.
  public var handshakesFailed = 0

  public init() {}
}

/// Counts for ``FrameServerStatistics`` and for the process's metrics system.
package final class FrameServerCounters: Sendable {
  private let statistics = Mutex(FrameServerStatistics())
  private let prefix: String
  private let connections: Gauge

  /// - Parameter prefix: what labels begin with.
  package init(prefix: String) {
    self.prefix = prefix
    connections = Gauge(label: "\(prefix)_connections")
  }

  package var snapshot: FrameServerStatistics { statistics.withLock { $0 } }

  package func begin() {
    connections.record(
      statistics.withLock { statistics in
        statistics.accepted += 1
        statistics.connections += 1
        return statistics.connections
      })
    increment("accepted")
  }

  package func end() {
    connections.record(
      statistics.withLock { statistics in
        statistics.connections -= 1
        return statistics.connections
      })
  }

  package func refused() {
    statistics.withLock { $0.refused += 1 }
    increment("refused")
  }

  package func handshakeCut() {
    statistics.withLock { $0.handshakesCut += 1 }
    increment("handshakes_cut")
  }

  package func handshakeFailed() {
    statistics.withLock { $0.handshakesFailed += 1 }
    increment("handshakes_failed")
  }

  private func increment(_ name: String) { Counter(label: "\(prefix)_\(name)_total").increment() }
}
#endif
