/// The bounds and times of an ``Outbox``.
public struct OutboxConfiguration: Hashable, Sendable {
  /// How many acknowledged messages may be on their way at once at the start. Throughput is window / round-trip time;
  /// KubeEdge's window is 1. See ``DeliveryWindow`` for how it moves.
  public var window: Int
  /// Where the window stops growing: 8192 gives 80,000 messages a second over 100 ms.
  public var maximumWindow: Int
  /// How many bytes may be on their way at once; one message goes whatever its size.
  public var maximumInFlightBytes: Int
  /// How many items may wait or be on their way; further objects are refused. The control priority may exceed this
  /// bound and the next by a sixteenth, so that a full outbox can still say that it lives.
  public var maximumPending: Int
  /// How many bytes those items may hold.
  public var maximumPendingBytes: Int
  /// After this long without an acknowledgement the same message (same id) goes out again. Each further time it takes
  /// twice as long, up to eight times.
  public var retransmitAfter: Duration
  /// Of how many objects the last acknowledged version is remembered, the longest unused forgotten first. A forgotten
  /// object may be delivered twice with one version, which receivers must bear anyway.
  public var maximumRemembered: Int
  /// How long an acknowledged item may stay in the journal, waiting for others to be removed with it. After a crash it
  /// is delivered again, under its old id.
  public var removalDelay: Duration
  /// Removals are written without waiting when there are this many.
  public var removalBatch: Int
  /// The largest item that a journal takes; a larger one of a durable class is refused. The default stays below the 1.5 MiB that
  /// every store takes, which is also the largest object of an API server.
  public var maximumRecordBytes = 1_500_000
  private var policies: [DeliveryPolicy]

  public init(
    window: Int = 64, maximumWindow: Int = 8192, maximumInFlightBytes: Int = 16 << 20, maximumPending: Int = 10_000,
    maximumPendingBytes: Int = 64 << 20, retransmitAfter: Duration = .seconds(5), maximumRemembered: Int = 20_000,
    removalDelay: Duration = .seconds(1), removalBatch: Int = 1024
  ) {
    precondition(window > 0 && maximumInFlightBytes > 0 && removalBatch > 0 && removalDelay >= .zero)
    precondition(maximumPending > 0 && maximumPendingBytes > 0 && maximumRemembered > 0)
    precondition(retransmitAfter > .zero, "a message must have time to be answered")
    self.window = window
    self.maximumWindow = max(window, maximumWindow)
    self.maximumInFlightBytes = maximumInFlightBytes
    self.maximumPending = maximumPending
    self.maximumPendingBytes = maximumPendingBytes
    self.retransmitAfter = retransmitAfter
    self.maximumRemembered = maximumRemembered
    self.removalDelay = removalDelay
    self.removalBatch = removalBatch
    policies = (0..<UInt8(DeliveryClass.count)).map { number in
      DeliveryClass(rawValue: number).map(DeliveryPolicy.standard) ?? .standard(.objects)
    }
  }

  public static let `default` = OutboxConfiguration()

  /// How items of a class are treated.
  public subscript(deliveryClass: DeliveryClass) -> DeliveryPolicy {
    get { policies[Int(deliveryClass.rawValue)] }
    set { policies[Int(deliveryClass.rawValue)] = newValue }
  }
}
