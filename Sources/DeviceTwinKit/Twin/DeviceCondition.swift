import EdgePrimitives

/// The states of a device that KubeEdge knows; it drops any other silently.
public enum DeviceState: String, Hashable, Sendable, CaseIterable {
  case ok
  case online
  case offline
  case unhealthy
  case unknown
}

/// How a device is, and when it was last known to answer.
public struct DeviceCondition: Hashable, Sendable {
  public var state: DeviceState
  /// Why the device is not online; empty when it is.
  public var reason: String
  public var lastOnline: Timestamp?
  public var timestamp: HybridTimestamp

  public init(
    state: DeviceState = .unknown, reason: String = "", lastOnline: Timestamp? = nil, timestamp: HybridTimestamp = .zero
  ) {
    self.state = state
    self.reason = reason
    self.lastOnline = lastOnline
    self.timestamp = timestamp
  }
}

extension DeviceCondition: Mergeable {
  var mergeOrder: MergeOrder {
    MergeOrder(
      first: timestamp,
      second: HybridTimestamp(
        wallMilliseconds: lastOnline?.nanosecondsSinceEpoch ?? .min, counter: 0, node: state.rawValue),
      rest: reason)
  }
}
