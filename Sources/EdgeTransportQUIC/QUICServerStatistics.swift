#if QUIC
import EdgeTransport
import EdgeTransportNIO
import Metrics
import Synchronization

/// What a ``QUICFrameServer`` has seen since it was made.
@dynamicMemberLookup
public struct QUICServerStatistics: Hashable, Sendable {
  /// What any server of carriers counts; its members are this value's too.
  public var carriers = FrameServerStatistics()
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

  public subscript(dynamicMember member: KeyPath<FrameServerStatistics, Int>) -> Int { carriers[keyPath: member] }
}

/// Counts for ``QUICServerStatistics`` and for the process's metrics system, under `edge_quic_`.
final class QUICServerCounters: Sendable {
  let carriers = FrameServerCounters(prefix: "edge_quic")
  private let statistics = Mutex(QUICServerStatistics())
  private let dropped = Counter(label: "edge_quic_datagrams_dropped_total")

  var snapshot: QUICServerStatistics {
    var snapshot = statistics.withLock { $0 }
    snapshot.carriers = carriers.snapshot
    return snapshot
  }

  func retried() { count(\.retries, "retries") }
  func negotiatedVersion() { count(\.versionNegotiations, "version_negotiations") }
  func reset() { count(\.resets, "resets") }
  func addressChanged() { count(\.addressChanges, "address_changes") }

  func droppedDatagram() {
    statistics.withLock { $0.datagramsDropped += 1 }
    dropped.increment()
  }

  private func count(_ field: any WritableKeyPath<QUICServerStatistics, Int> & Sendable, _ name: String) {
    statistics.withLock { $0[keyPath: field] += 1 }
    Counter(label: "edge_quic_\(name)_total").increment()
  }
}
#endif
