import EdgePrimitives
import EdgeTransport

/// Two ends that deliver to each other, each with an ``Outbox``, an ``Inbox`` and a disk, over a network that breaks, and
/// with processes that die: all in virtual time, and the same again from the same seed.
///
/// The machines are the real ones; what stands around them here does what `MessageLink`, `DurableOutbox` and
/// `DeliveryReceiver` do. The dice decide on: delays, breaks that each end notices when it does (half-open links),
/// partitions, dials that time out and connect nevertheless, second connections while the first still brings messages,
/// refusals, slow disks, and crashes in which each transaction under way is on the disk or is not.
///
/// In the end the network heals, everything that was promised must have taken effect, and nothing twice or out of order.
public enum DeliverySimulation {
  /// How much happens.
  public struct Shape: Hashable, Sendable {
    /// Items that each end produces.
    public var items = 45
    /// How long the chaos lasts, in virtual time.
    public var duration = Duration.seconds(5)
    public var crashes = 3
    public var breaks = 4
    public var outbox: OutboxConfiguration
    public var inbox = InboxConfiguration(maximumRemembered: 320, maximumHeldBack: 64)

    public init() {
      outbox = OutboxConfiguration(
        window: 8, maximumWindow: 32, maximumPending: 60, maximumPendingBytes: 40_000,
        retransmitAfter: .milliseconds(400), removalDelay: .milliseconds(300), removalBatch: 8)
      outbox[.events] = DeliveryPolicy(
        priority: .bulk, retention: .all(maximumBytes: 12_000), maximumInFlightPerObject: 6)
      outbox[.readings] = DeliveryPolicy(
        priority: .bulk, retention: .dropOldest(maximumBytes: 3_000), persistence: .memory,
        maximumInFlightPerObject: 4)
    }
  }

  /// What happened in a run that was right; for a look at whether the simulation does what it should.
  public struct Report: Hashable, Sendable {
    public var promised = 0
    public var effects = 0
    public var crashes = 0
    public var connections = 0
    public var refused = 0
    public var dropped = 0
    public var coalesced = 0
    public var duplicates = 0
    public var heldBack = 0
    public var fenced = 0
    public var retransmitted = 0
    public var restored = 0
    public var endedAt = Duration.zero

    public init() {}

    /// Both runs together; they end when the longer one does.
    public static func += (left: inout Report, right: Report) {
      left.promised += right.promised
      left.effects += right.effects
      left.crashes += right.crashes
      left.connections += right.connections
      left.refused += right.refused
      left.dropped += right.dropped
      left.coalesced += right.coalesced
      left.duplicates += right.duplicates
      left.heldBack += right.heldBack
      left.fenced += right.fenced
      left.retransmitted += right.retransmitted
      left.restored += right.restored
      left.endedAt = max(left.endedAt, right.endedAt)
    }
  }

  /// Runs one seed.
  /// - Parameter trace: told line by line what happens, for reading a run that went wrong.
  /// - Throws: what went wrong, with the seed that shows it again.
  public static func run(
    seed: UInt64, shape: Shape = Shape(), trace: ((String) -> Void)? = nil
  ) throws(DeliveryViolation) -> Report {
    let world = SimulatedWorld(seed: seed, shape: shape, trace: trace)
    try world.run()
    return world.report
  }
}
