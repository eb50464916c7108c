/// The bounds and times of an ``Outbox``.
public struct OutboxConfiguration: Hashable, Sendable {
  /// How many acknowledged messages may be on their way at once. Throughput is window / round-trip time, so 64 gives
  /// 640 messages a second over 100 ms; KubeEdge's window is 1.
  public var window: Int
  /// How many items may wait or be on their way; further objects are refused.
  public var maximumPending: Int
  /// How many bytes those items may hold.
  public var maximumPendingBytes: Int
  /// After this long without an acknowledgement the same message (same id) goes out again. Each further time it takes
  /// twice as long, up to eight times.
  public var retransmitAfter: Duration
  /// Of how many objects the last acknowledged version is remembered, the longest unused forgotten first. A forgotten
  /// object may be delivered twice with one version, which receivers must bear anyway.
  public var maximumRemembered: Int

  public init(
    window: Int = 64, maximumPending: Int = 10_000, maximumPendingBytes: Int = 64 << 20,
    retransmitAfter: Duration = .seconds(5), maximumRemembered: Int = 20_000
  ) {
    precondition(window > 0 && maximumPending > 0 && maximumPendingBytes > 0 && maximumRemembered > 0)
    precondition(retransmitAfter > .zero, "a message must have time to be answered")
    self.window = window
    self.maximumPending = maximumPending
    self.maximumPendingBytes = maximumPendingBytes
    self.retransmitAfter = retransmitAfter
    self.maximumRemembered = maximumRemembered
  }

  public static let `default` = OutboxConfiguration()
}
