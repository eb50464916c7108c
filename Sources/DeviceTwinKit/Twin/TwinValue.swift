/// How far a value can be trusted.
public enum ValueQuality: Hashable, Sendable {
  case good
  /// The value was true at its timestamp; the device has not confirmed it since.
  case stale
  /// The device answers, but not with this value.
  case bad(reason: String)

  /// `good`, `stale` or `bad`, as it stands in KubeEdge's metadata.
  public var name: String {
    switch self {
    case .good: "good"
    case .stale: "stale"
    case .bad: "bad"
    }
  }
}

/// A reported value: what the device said, when, and how far it can be trusted.
public struct TwinValue: Hashable, Sendable {
  public var value: PropertyValue
  /// When the device last confirmed the value. A change to `stale` or `bad` keeps it (FF-06).
  public var timestamp: HybridTimestamp
  public var quality: ValueQuality

  public init(value: PropertyValue, timestamp: HybridTimestamp, quality: ValueQuality) {
    self.value = value
    self.timestamp = timestamp
    self.quality = quality
  }
}

extension TwinValue: Mergeable {
  // Doubt about a value wins over the value itself when both carry the same timestamp: only a new observation, which
  // has a new timestamp, may turn a stale value good again.
  var mergeOrder: MergeOrder {
    let reason: String
    let rank: Int
    switch quality {
    case .good: (rank, reason) = (0, "")
    case .stale: (rank, reason) = (1, "")
    case .bad(let text): (rank, reason) = (2, text)
    }
    return MergeOrder(
      first: timestamp, second: HybridTimestamp(wallMilliseconds: 0, counter: UInt32(rank), node: reason),
      rest: value.canonicalText)
  }
}
