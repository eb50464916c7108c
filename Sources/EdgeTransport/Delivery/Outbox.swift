/// Delivery of messages to one peer: windowed, coalescing, acknowledged, in order per object.
///
/// A value-type machine without IO and without a clock: the shell asks ``nextToSend(now:)``, sends what it gets, feeds
/// answers back and sleeps until ``nextDeadline``.
///
/// ```
/// enqueue -> waiting --nextToSend--> in flight --acknowledged--> done, its version remembered
///              ^  ^                    |  |
///              |  +--connectionLost----+  +--rejected(retryAt: nil)--> dropped
///              +-- deferred until retryAt <--rejected(retryAt:)
/// ```
/// Rules, each held by a test:
/// - one message per object is in flight, so the peer never applies an older version after a newer one;
/// - a newer version replaces an older one that waits, and keeps its place in the line;
/// - a version not newer than one waiting, in flight or acknowledged is stale and dropped;
/// - after a lost connection what was in flight goes first, under the same message id, unless a newer version waits;
/// - nothing is dropped silently: a full outbox refuses and the producer waits.
///
/// KubeEdge keeps one message per node on its way and loses what is being written when the link breaks (FF-01, FF-23).
public struct Outbox: Sendable {
  public typealias Instant = ContinuousClock.Instant

  /// What became of an enqueued item.
  public enum EnqueueResult: Hashable, Sendable {
    case queued
    /// It took the place of this older, unsent item.
    case replaced(DeliveryItem)
    /// A version at least as new is waiting, on its way or acknowledged.
    case stale
    /// Full. Nothing changed; try again after acknowledgements have come.
    case refused
  }

  struct Object: Sendable {
    /// The newest version that has not been sent.
    var waiting: DeliveryItem?
    /// The id of the message on its way.
    var inFlight: String?
    /// Set while a refused item waits for its time.
    var deferredUntil: Instant?
    /// The highest version taken so far; it outlives the items, because an item without a version may replace them.
    var highest: UInt64?
  }

  struct Flight: Sendable {
    let item: DeliveryItem
    let order: UInt64
    var transmissions: Int
    var deadline: Instant
  }

  public let configuration: OutboxConfiguration
  public internal(set) var counters = OutboxCounters()
  /// Bytes held by items that wait or are in flight.
  public internal(set) var pendingBytes = 0
  public internal(set) var waitingCount = 0

  var objects: [String: Object] = [:]
  /// Keys of objects whose waiting item may go now, in the order they came.
  var ready = FIFO<String>()
  /// Keys of objects whose refused item waits for its time; few, so a plain array.
  var deferred: [String] = []
  var flights: [String: Flight] = [:]
  /// No flight's deadline is earlier; spares a scan of the window on each call.
  var earliestDeadline: Instant?
  var sendOrder: UInt64 = 0
  var remembered: VersionMemory

  public init(configuration: OutboxConfiguration = .default) {
    self.configuration = configuration
    remembered = VersionMemory(capacity: configuration.maximumRemembered)
  }

  public var inFlightCount: Int { flights.count }
  public var pendingCount: Int { waitingCount + flights.count }
  public var isEmpty: Bool { pendingCount == 0 }

  /// Takes an item, or says why not. O(1) but for the message itself.
  public mutating func enqueue(_ item: DeliveryItem) -> EnqueueResult {
    var object = objects[item.objectKey] ?? Object()
    if isStale(item, in: object) {
      counters.stale += 1
      return .stale
    }
    let replaced = object.waiting
    let bytes = pendingBytes + item.cost - (replaced?.cost ?? 0)
    if replaced == nil && pendingCount >= configuration.maximumPending || bytes > configuration.maximumPendingBytes {
      counters.refused += 1
      return .refused
    }
    object.waiting = item
    object.highest = item.version ?? object.highest
    pendingBytes = bytes
    counters.enqueued += 1
    if let replaced {
      counters.coalesced += 1
      // A newer version does not inherit the refusal of the older one.
      if object.deferredUntil != nil {
        object.deferredUntil = nil
        deferred.removeAll { $0 == item.objectKey }
        ready.append(item.objectKey)
      }
      objects[item.objectKey] = object
      return .replaced(replaced)
    }
    waitingCount += 1
    objects[item.objectKey] = object
    if object.inFlight == nil { ready.append(item.objectKey) }
    return .queued
  }

  private func isStale(_ item: DeliveryItem, in object: Object) -> Bool {
    guard let version = item.version else { return false }
    if let highest = object.highest, version <= highest { return true }
    return remembered[item.objectKey].map { version <= $0 } ?? false
  }

  /// The next moment at which ``nextToSend(now:)`` may have something new without any other event; nil when none.
  public var nextDeadline: Instant? {
    let retry = deferred.compactMap { objects[$0]?.deferredUntil }.min()
    guard let retry else { return earliestDeadline }
    return earliestDeadline.map { min($0, retry) } ?? retry
  }
}
