#if Networking
import EdgePrimitives
import EdgeTransport
import Metrics

/// How the queues of a hub stand.
public struct HubStatus: Hashable, Sendable {
  public struct Node: Hashable, Sendable {
    public var isConnected: Bool
    /// Items that wait or are on their way, and their bytes.
    public var pending: Int
    public var pendingBytes: Int
    /// How long ago the oldest of them was made.
    public var lag: Duration
    /// Messages that may be on their way at once.
    public var window: Int
  }

  /// The nodes whose outboxes are in memory: those connected, and those that something was just sent to.
  public var nodes: [NodeName: Node] = [:]
  /// Nodes for which something waits on the disk, in memory or not.
  public var storedNodes = 0

  public var pending: Int { nodes.values.reduce(0) { $0 + $1.pending } }
  public var pendingBytes: Int { nodes.values.reduce(0) { $0 + $1.pendingBytes } }
  public var lag: Duration { nodes.values.map(\.lag).max() ?? .zero }
}

extension HubStatus.Node {
  init(_ link: MessageLink, now: Timestamp) {
    isConnected = link.isConnected
    pending = link.pendingCount
    pendingBytes = link.pendingBytes
    let age = link.oldestTimestampMilliseconds.map { now.millisecondsSinceEpoch - $0 } ?? 0
    lag = .milliseconds(max(0, age))
    window = link.windowSize
  }
}

/// What a hub tells the process's metrics system, beside what its connections and sessions count by themselves.
struct HubMetrics: Sendable {
  let resumptions = Counter(label: "edge_hub_resumptions_total")
  let overflows = Counter(label: "edge_hub_overflows_total")
  let throttled = Counter(label: "edge_hub_upstream_throttled_total")
  private let pending = Gauge(label: "edge_hub_pending_messages")
  private let pendingBytes = Gauge(label: "edge_hub_pending_bytes")
  private let lag = Gauge(label: "edge_hub_lag_seconds")
  private let stored = Gauge(label: "edge_hub_stored_nodes")

  func record(_ status: HubStatus) {
    pending.record(status.pending)
    pendingBytes.record(status.pendingBytes)
    lag.record(status.lag / .seconds(1))
    stored.record(status.storedNodes)
  }

  /// A message beside the objects came to an end at a node.
  func settled(_ deliveryClass: DeliveryClass, delivered: Bool) {
    Counter(
      label: "edge_hub_messages_settled_total",
      dimensions: [("class", "\(deliveryClass)"), ("outcome", delivered ? "delivered" : "refused")]
    ).increment()
  }
}
#endif
