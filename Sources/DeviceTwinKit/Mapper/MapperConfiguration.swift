import EdgePrimitives

/// How a ``DeviceMapper`` behaves beyond what the Device object says.
public struct MapperConfiguration: Sendable {
  /// Polls in a row without an answer after which a value is stale and the link is made anew.
  public var missedCyclesUntilStale = 3
  /// Delays between attempts to connect.
  public var backoff = Backoff(base: .milliseconds(200), cap: .seconds(30))
  /// Unchanged values are reported again after this time, so that their timestamps move on for readers too.
  public var refreshInterval = Duration.seconds(60)

  public init() {}
}
