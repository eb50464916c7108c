#if QUIC
import EdgeTransport
import Logging
import Metrics
import NIOCore
import Synchronization

/// What a ``QUICFrameServer`` has seen since it was made.
public struct QUICServerStatistics: Hashable, Sendable {
  /// Carriers now.
  public var connections = 0
  public var accepted = 0
  /// Who is no node, was not admitted, or found no place.
  public var refused = 0
  /// Connections given up because their handshake took too long or too many were in it.
  public var handshakesCut = 0
  /// Who had no certificate of ours, spoke another protocol or broke a rule before the handshake was over.
  public var handshakesFailed = 0
  /// Clients that were asked to show that they receive at their address.
  public var retries = 0
  /// Datagrams of a version that is not known.
  public var versionNegotiations = 0
  /// Datagrams for connections that nobody knows, which were told so.
  public var resets = 0
  /// Datagrams that belong to nothing, or found no place.
  public var datagramsDropped = 0
  /// How often a node's address has changed under a connection that went on.
  public var addressChanges = 0
}

/// Counts for ``QUICServerStatistics`` and for the process's metrics system, under `edge_quic_`.
final class QUICServerCounters: Sendable {
  private let statistics = Mutex(QUICServerStatistics())
  private let connections = Gauge(label: "edge_quic_connections")
  private let dropped = Counter(label: "edge_quic_datagrams_dropped_total")

  var snapshot: QUICServerStatistics { statistics.withLock { $0 } }

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

  func refused() { count(\.refused, "refused") }
  func handshakeCut() { count(\.handshakesCut, "handshakes_cut") }
  func handshakeFailed() { count(\.handshakesFailed, "handshakes_failed") }
  func retried() { count(\.retries, "retries") }
  func negotiatedVersion() { count(\.versionNegotiations, "version_negotiations") }
  func reset() { count(\.resets, "resets") }
  func addressChanged() { count(\.addressChanges, "address_changes") }

  func droppedDatagram() {
    statistics.withLock { $0.datagramsDropped += 1 }
    dropped.increment()
  }

  func cutOff(_ peer: SocketAddress, _ logger: Logger) {
    let reason = "the peer no longer takes what is sent to it"
    logger.warning(
      "cut off a peer that is not there any more",
      metadata: ["event": "link.dead-peer", "peer": "\(peer)", "reason": "\(reason)"])
    Self.increment("dead_peers")
  }

  private func count(_ field: any WritableKeyPath<QUICServerStatistics, Int> & Sendable, _ name: String) {
    statistics.withLock { $0[keyPath: field] += 1 }
    Self.increment(name)
  }

  private static func increment(_ name: String) { Counter(label: "edge_quic_\(name)_total").increment() }
}
#endif
