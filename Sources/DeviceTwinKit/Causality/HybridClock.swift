import EdgePrimitives

/// Issues ``HybridTimestamp``s that never go back and come after everything this node has seen.
///
/// A remote timestamp too far ahead of the local wall clock is refused: one peer with a broken clock would otherwise
/// drag the whole fleet's time into the future, where no correct clock could win a conflict again.
public struct HybridClock: Hashable, Sendable {
  public let node: String
  public let maximumDrift: Duration
  /// The greatest timestamp issued or received so far.
  public private(set) var latest: HybridTimestamp

  /// - Parameter latest: what an earlier life of this clock had reached, from its snapshot.
  public init(node: String, maximumDrift: Duration = .seconds(60), latest: HybridTimestamp = .zero) {
    self.node = node
    self.maximumDrift = maximumDrift
    self.latest = latest
  }

  /// A timestamp for a local event.
  public mutating func tick(now: Timestamp) -> HybridTimestamp {
    advance(wall: max(now.millisecondsSinceEpoch, latest.wallMilliseconds), after: latest)
    return latest
  }

  public enum Reception: Hashable, Sendable {
    case accepted
    /// The remote clock is ahead by this much; nothing has changed.
    case refused(drift: Duration)
  }

  /// Takes notice of a remote timestamp, so that what happens here from now on comes after it.
  public mutating func receive(_ remote: HybridTimestamp, now: Timestamp) -> Reception {
    let drift = Duration.milliseconds(remote.wallMilliseconds) - .milliseconds(now.millisecondsSinceEpoch)
    guard drift <= maximumDrift else { return .refused(drift: drift) }
    if remote > latest {
      latest = HybridTimestamp(wallMilliseconds: remote.wallMilliseconds, counter: remote.counter, node: node)
    }
    return .accepted
  }

  private mutating func advance(wall: Int64, after previous: HybridTimestamp) {
    if wall > previous.wallMilliseconds {
      latest = HybridTimestamp(wallMilliseconds: wall, counter: 0, node: node)
    } else if previous.counter < .max {
      latest = HybridTimestamp(wallMilliseconds: wall, counter: previous.counter + 1, node: node)
    } else {
      // A hostile peer may hand over the last counter of a millisecond; borrowing the next one keeps the order.
      latest = HybridTimestamp(wallMilliseconds: wall + 1, counter: 0, node: node)
    }
  }
}
