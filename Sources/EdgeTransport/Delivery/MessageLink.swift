import EdgePrimitives
import Synchronization

/// The shell around an ``Outbox``: delivery and requests to one peer over whatever connection there is at the moment.
///
/// The link outlives its connections. What is enqueued while there is none waits; what was on its way when one broke goes
/// first on the next. Answers are matched by parent id before anything else sees them.
public final class MessageLink: Sendable {
  /// What the answer to a delivered item means.
  public enum Verdict: Hashable, Sendable {
    case accepted
    /// The peer could not take it now.
    case retry(after: Duration)
    /// The peer will never take it.
    case givenUp
  }

  public struct Configuration: Sendable {
    public var outbox = OutboxConfiguration.default
    /// Requests that may wait for their answers at once; further ones are refused.
    public var maximumRequests = 256
    /// Producers that may wait for room in the outbox at once; further ones are refused.
    public var maximumWaitingProducers = 1024
    /// A connection that takes nothing for this long is given up: its peer, or the way to it, is stuck.
    public var writeTimeout: Duration = .seconds(30)

    public init() {}
  }

  struct State {
    var outbox: Outbox
    var requests: [String: AsyncStream<EdgeMessage>.Continuation] = [:]
    var connection: (any MessageConnection)?
    /// Counts connections, so that the late end of one does not touch its successor.
    var generation = 0
    var drainWaiters: [UInt64: DrainWaiter] = [:]
    var lastDrainWaiter: UInt64 = 0
    /// Items that need no acknowledgement leave the outbox before they are written.
    var isWriting = false
    var producers = WaitingProducers()

    func isDrained(of classes: Set<DeliveryClass>?) -> Bool {
      if connection == nil { return true }
      guard !isWriting else { return false }
      return classes?.allSatisfy { outbox.pending(of: $0).count == 0 } ?? outbox.isEmpty
    }

    /// Whoever can go on after a change of the outbox.
    mutating func takeReady() -> Ready {
      let admitted = producers.admit(into: &outbox)
      guard !drainWaiters.isEmpty else { return Ready(producers: admitted, drained: []) }
      let drained = drainWaiters.filter { isDrained(of: $0.value.classes) }
      for waiter in drained.keys { drainWaiters[waiter] = nil }
      return Ready(producers: admitted, drained: drained.values.map(\.continuation))
    }
  }

  struct DrainWaiter {
    /// Nil: all of them.
    let classes: Set<DeliveryClass>?
    let continuation: CheckedContinuation<Void, Never>
  }

  /// Waiters to resume outside the lock.
  struct Ready {
    var producers: [WaitingProducers.Admitted]
    var drained: [CheckedContinuation<Void, Never>]

    func resume() {
      for producer in producers { producer.continuation.resume(returning: producer.outcome) }
      for waiter in drained { waiter.resume() }
    }
  }

  enum Wake: Hashable, Sendable { case outbox }

  let state: Mutex<State>
  let wake = CoalescingQueue<Wake>()
  /// Wakes whoever writes the journal.
  let journalWake = CoalescingQueue<Wake>()
  let configuration: Configuration
  let time: LinkTime
  let isJournaled: Bool

  /// - Parameters:
  ///   - isJournaled: for a link whose journal somebody writes, as `DurableOutbox` of EdgeTransportOutbox does. Items of
  ///     durable classes are then sent only when they are on the disk.
  ///   - clock: measures deadlines, and waits for them.
  public init(
    configuration: Configuration = Configuration(), isJournaled: Bool = false,
    clock: any Clock<Duration> = ContinuousClock()
  ) {
    self.configuration = configuration
    self.isJournaled = isJournaled
    time = LinkTime(clock)
    state = Mutex(State(outbox: Outbox(configuration: configuration.outbox, isJournaled: isJournaled)))
  }

  /// Takes an item for delivery now or when a connection is there. `refused` means that the outbox is full.
  @discardableResult
  public func enqueue(_ item: DeliveryItem) -> Outbox.EnqueueResult { enqueueNoting(item).result }

  /// As ``enqueue(_:)``, and in what batch of the journal the item will be.
  package func enqueueNoting(_ item: DeliveryItem) -> EnqueueOutcome {
    let outcome = state.withLock { Self.take(item, into: &$0) }
    signalEnqueued()
    return outcome
  }

  func signalEnqueued() {
    if isJournaled { journalWake.add(.outbox) }
    wake.add(.outbox)
  }

  /// Sends at once over the current connection, past the outbox: acknowledgements, keepalives.
  /// - Throws: ``TransportError`` with `unreachable` while there is no connection.
  public func sendNow(_ message: EdgeMessage) async throws(TransportError) {
    guard let connection = state.withLock({ $0.connection }) else { throw Self.notConnected }
    try await connection.send(message)
  }

  /// The peer has taken the message in, as was learned otherwise than by an answer.
  public func confirm(messageID: String) {
    let ready = state.withLock { state in
      if state.outbox.itemInFlight(messageID: messageID) != nil { _ = state.outbox.acknowledged(parentID: messageID) }
      return state.takeReady()
    }
    signalEnqueued()
    ready.resume()
  }

  /// Keeps items of these classes back until told otherwise; see ``Outbox/setHeld(_:)``.
  public func hold(_ classes: Set<DeliveryClass>) {
    state.withLock { $0.outbox.setHeld(classes) }
    wake.add(.outbox)
  }

  /// Waits until nothing is waiting or on its way, the connection ends (or there is none) or the task is cancelled.
  /// - Parameter classes: which classes count; nil counts all.
  public func drained(of classes: Set<DeliveryClass>? = nil) async {
    let waiter = state.withLock { state in
      state.lastDrainWaiter += 1
      return state.lastDrainWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.isDrained(of: classes) || Task.isCancelled { return true }
          state.drainWaiters[waiter] = DrainWaiter(classes: classes, continuation: continuation)
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.drainWaiters.removeValue(forKey: waiter) }?.continuation.resume()
    }
  }

  public var counters: OutboxCounters { state.withLock { $0.outbox.counters } }
  public func counters(of deliveryClass: DeliveryClass) -> OutboxCounters {
    state.withLock { $0.outbox.counters(of: deliveryClass) }
  }
  public var pendingCount: Int { state.withLock { $0.outbox.pendingCount } }
  public var pendingBytes: Int { state.withLock { $0.outbox.pendingBytes } }
  public func pending(of deliveryClass: DeliveryClass) -> (count: Int, bytes: Int) {
    state.withLock { $0.outbox.pending(of: deliveryClass) }
  }
  /// See ``Outbox/oldestTimestampMilliseconds``.
  public var oldestTimestampMilliseconds: Int64? { state.withLock { $0.outbox.oldestTimestampMilliseconds } }
  public var windowSize: Int { state.withLock { $0.outbox.windowSize } }
  public var isConnected: Bool { state.withLock { $0.connection != nil } }
  var waitingRequests: Int { state.withLock { $0.requests.count } }

  static let notConnected = TransportError(code: .unreachable, message: "there is no connection at the moment")
}

/// What became of an enqueued item, and the batch of the journal after which everything up to it is durable.
package struct EnqueueOutcome: Hashable, Sendable {
  package let result: Outbox.EnqueueResult
  package let batch: UInt64
}
