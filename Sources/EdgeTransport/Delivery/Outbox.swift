/// Delivery of messages to one peer: windowed, coalescing, acknowledged, in order per object, and durable when it has a
/// journal.
///
/// A value-type machine without IO and without a clock: the shell asks ``nextToSend(now:)``, sends what it gets, feeds
/// answers back and sleeps until ``nextDeadline``; with a journal it also writes what ``nextWrites(now:)`` gives and says
/// when that is on the disk.
///
/// ```
///            (with a journal)
/// enqueue -> staged -> writing --written--> waiting --nextToSend--> in flight --acknowledged--> done, version remembered
///                                            ^  ^                    |  |
///                                            |  +--connectionLost----+  +--rejected(retryAt: nil)--> dropped
///                                            +-- deferred until retryAt <--rejected(retryAt:)
/// ```
/// Rules, each held by a test:
/// - of an object that keeps its latest state only, or carries versions, one message is in flight, so the peer never
///   applies an older version after a newer one;
/// - a newer version replaces an older one that waits, and keeps its place in the line;
/// - a version not newer than one waiting, in flight or acknowledged is stale and dropped;
/// - after a lost connection what was in flight goes first, under the same message id, unless a newer version waits;
/// - with a journal nothing is sent before it is on the disk, so a crash never takes back what the peer has seen;
/// - nothing is dropped without a policy that says so and a counter that tells: a full outbox refuses.
///
/// Every operation costs O(1) or O(log n) of what is pending; only ``connectionLost()`` sorts the window.
///
/// KubeEdge keeps one message per node on its way and loses what is being written when the link breaks (FF-01, FF-23).
public struct Outbox: Sendable {
  /// Monotonic time since an arbitrary start.
  public typealias Instant = Duration

  /// What became of an enqueued item.
  public enum EnqueueResult: Hashable, Sendable {
    case queued
    /// It took the place of this older, unsent item, or will when it is on the disk.
    case replaced(DeliveryItem)
    /// A version at least as new is waiting, on its way or acknowledged.
    case stale
    /// Full. Nothing changed; try again after acknowledgements have come.
    case refused
  }

  public let configuration: OutboxConfiguration
  /// Bytes held by items that wait or are in flight.
  public internal(set) var pendingBytes = 0
  public internal(set) var waitingCount = 0

  var counterTable = [OutboxCounters](repeating: OutboxCounters(), count: DeliveryClass.count)
  var bytesByClass = [Int](repeating: 0, count: DeliveryClass.count)
  var countByClass = [Int](repeating: 0, count: DeliveryClass.count)
  var unmatchedAnswers = 0

  var objects: [Object] = []
  var freeObjects: [Int] = []
  /// Where each pending object stands in ``objects``.
  var slots: [String: Int] = [:]
  var entries: [Entry] = []
  var freeEntries: [Int] = []
  /// Objects whose first waiting item may go now, by priority, in the order they came.
  var lanes = [FIFO<Ticket>](repeating: FIFO(), count: DeliveryPriority.allCases.count)
  /// Waiting items of the classes that may drop them, oldest first; those that have left are skipped.
  var droppable = [FIFO<Ticket>](repeating: FIFO(), count: DeliveryClass.count)
  /// By message id.
  var flights: [String: Int] = [:]
  var window: DeliveryWindow
  var deferrals = DeadlineQueue()
  var retransmissions = DeadlineQueue()
  var lastStamp: UInt64 = 0
  var remembered: VersionMemory
  var journal: Journal?
  /// Classes that wait for ``setHeld(_:)`` to let them go.
  var heldClasses: Set<DeliveryClass> = []

  /// - Parameter isJournaled: whether items of durable classes pass through ``nextWrites(now:)`` before they are sent.
  ///   Nothing is written before ``restore(_:)`` was called.
  public init(configuration: OutboxConfiguration = .default, isJournaled: Bool = false) {
    self.configuration = configuration
    window = DeliveryWindow(configuration)
    remembered = VersionMemory(capacity: configuration.maximumRemembered)
    journal = isJournaled ? Journal() : nil
  }

  public var inFlightCount: Int { flights.count }
  public var pendingCount: Int { waitingCount + flights.count }
  public var isEmpty: Bool { pendingCount == 0 }

  /// Takes an item, or says why not. O(1) but for the message itself and for what it makes drop.
  public mutating func enqueue(_ item: DeliveryItem) -> EnqueueResult {
    let known = slots[item.objectKey]
    let deliveryClass = known.map { objects[$0].deliveryClass } ?? item.deliveryClass
    let number = Int(deliveryClass.rawValue)
    let policy = configuration[deliveryClass]
    if policy.keepsLatestOnly && isStale(item, slot: known) {
      counterTable[number].stale += 1
      return .stale
    }
    let unsent = policy.keepsLatestOnly ? known.flatMap { objects[$0].newestUnsent } : nil
    let replaced = unsent.map { entries[$0].item }
    guard makeRoom(for: item, inPlaceOf: replaced, policy, number) else {
      counterTable[number].refused += 1
      return .refused
    }
    // What was dropped for it may have been the last of its own object.
    let slot = known.flatMap { objects[$0].entryCount > 0 ? $0 : nil } ?? makeObject(item.objectKey, deliveryClass)
    objects[slot].highest = item.version ?? objects[slot].highest
    counterTable[number].enqueued += 1
    // An item must not overtake an older one of its object that is still being written.
    let isWritten =
      journal != nil
      && (policy.persistence == .durable && item.needsAcknowledgement || objects[slot].unwrittenCount > 0)
    if policy.keepsLatestOnly, let place = isWritten ? objects[slot].staged : objects[slot].head {
      replace(place, by: item)
      counterTable[number].coalesced += 1
      if !isWritten { endDeferral(of: slot) }
    } else {
      let entry = makeEntry(item, of: slot)
      if isWritten { stage(entry, of: slot) } else { wait(entry, of: slot, policy) }
    }
    return replaced.map { .replaced($0) } ?? .queued
  }

  private func isStale(_ item: DeliveryItem, slot: Int?) -> Bool {
    guard let version = item.version else { return false }
    if let slot, let highest = objects[slot].highest, version <= highest { return true }
    return remembered[item.objectKey].map { version <= $0 } ?? false
  }

  /// Whether the item fits, after dropping what its class allows.
  private mutating func makeRoom(
    for item: DeliveryItem, inPlaceOf replaced: DeliveryItem?, _ policy: DeliveryPolicy, _ number: Int
  ) -> Bool {
    guard bounds(policy).canHold(item) else { return false }
    while !fits(item, inPlaceOf: replaced, policy, number) {
      guard case .dropOldest = policy.retention, dropOldest(of: number) else { return false }
    }
    return true
  }

  private func fits(
    _ item: DeliveryItem, inPlaceOf replaced: DeliveryItem?, _ policy: DeliveryPolicy, _ number: Int
  ) -> Bool {
    let bounds = bounds(policy)
    let added = item.cost - (replaced?.cost ?? 0)
    return (replaced != nil || pendingCount < bounds.count) && pendingBytes + added <= bounds.bytes
      && bytesByClass[number] + added <= bounds.classBytes
  }

  /// Whether ``enqueue(_:)`` would not refuse the item.
  func hasRoom(for item: DeliveryItem) -> Bool {
    let slot = slots[item.objectKey]
    let deliveryClass = slot.map { objects[$0].deliveryClass } ?? item.deliveryClass
    let policy = configuration[deliveryClass]
    if policy.keepsLatestOnly && isStale(item, slot: slot) { return true }
    guard bounds(policy).canHold(item) else { return false }
    if case .dropOldest = policy.retention { return true }
    let unsent = policy.keepsLatestOnly ? slot.flatMap { objects[$0].newestUnsent } : nil
    return fits(item, inPlaceOf: unsent.map { entries[$0].item }, policy, Int(deliveryClass.rawValue))
  }

  /// Whether the item would fit into an empty outbox.
  func couldEverHold(_ item: DeliveryItem) -> Bool {
    bounds(configuration[item.deliveryClass]).canHold(item)
  }

  private func bounds(_ policy: DeliveryPolicy) -> Bounds {
    Bounds(configuration, policy, isJournaled: journal != nil && policy.persistence == .durable)
  }

  /// What applies to the items of one policy.
  private struct Bounds {
    let count: Int
    let bytes: Int
    let classBytes: Int
    let itemBytes: Int

    init(_ configuration: OutboxConfiguration, _ policy: DeliveryPolicy, isJournaled: Bool) {
      let isControl = policy.priority == .control
      count = configuration.maximumPending + (isControl ? configuration.maximumPending / 16 + 1 : 0)
      bytes = configuration.maximumPendingBytes + (isControl ? configuration.maximumPendingBytes / 16 : 0)
      switch policy.retention {
      case .latest: classBytes = .max
      case .all(let maximum), .dropOldest(let maximum): classBytes = maximum
      }
      itemBytes = min(bytes, classBytes, isJournaled ? configuration.maximumRecordBytes : .max)
    }

    func canHold(_ item: DeliveryItem) -> Bool { item.cost <= itemBytes }
  }

  /// The next moment at which ``nextToSend(now:)`` may have something new without any other event; nil when none.
  public var nextDeadline: Instant? {
    guard let retry = deferrals.first?.due else { return retransmissions.first?.due }
    return retransmissions.first.map { min($0.due, retry) } ?? retry
  }
}
