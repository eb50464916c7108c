import Synchronization

/// Producers that wait for room in an outbox: in order within their class, so that a full class holds up nobody else.
struct WaitingProducers {
  typealias Continuation = CheckedContinuation<EnqueueOutcome, Never>

  struct Admitted {
    let continuation: Continuation
    let outcome: EnqueueOutcome
  }

  private struct Waiting {
    let ticket: UInt64
    let item: DeliveryItem
    let continuation: Continuation
  }

  private var queues: [DeliveryClass: FIFO<Waiting>] = [:]
  private(set) var count = 0

  func isWaiting(_ deliveryClass: DeliveryClass) -> Bool { queues[deliveryClass].map { !$0.isEmpty } ?? false }

  mutating func add(_ item: DeliveryItem, ticket: UInt64, _ continuation: Continuation) {
    queues[item.deliveryClass, default: FIFO()].append(
      Waiting(ticket: ticket, item: item, continuation: continuation))
    count += 1
  }

  /// Lets in whoever fits by now. O(1) when nobody waits or the first of each class still does not fit.
  mutating func admit(into outbox: inout Outbox) -> [Admitted] {
    guard count > 0 else { return [] }
    var admitted: [Admitted] = []
    for deliveryClass in queues.keys.sorted() {
      while let first = queues[deliveryClass]?.first {
        guard outbox.hasRoom(for: first.item) else { break }
        let result = outbox.enqueue(first.item)
        _ = queues[deliveryClass]?.popFirst()
        count -= 1
        admitted.append(
          Admitted(
            continuation: first.continuation,
            outcome: EnqueueOutcome(result: result, batch: outbox.batch(holding: first.item))))
      }
    }
    return admitted
  }

  mutating func remove(_ ticket: UInt64) -> Continuation? {
    for deliveryClass in queues.keys {
      var found: Continuation?
      queues[deliveryClass]?.filter { waiting in
        if waiting.ticket == ticket { found = waiting.continuation }
        return waiting.ticket != ticket
      }
      if let found {
        count -= 1
        return found
      }
    }
    return nil
  }
}

extension MessageLink {
  /// What ``enqueue(_:whenFull:)`` does while there is no room.
  public enum WhenFull: Hashable, Sendable {
    case refuse
    /// Suspend until acknowledgements have made room: the back pressure to the producer.
    case wait
  }

  /// Takes an item, waiting for room when asked to.
  ///
  /// `refused` then means that the task was cancelled, that too many producers wait already, or that the item is larger
  /// than its class may ever hold.
  @discardableResult
  public func enqueue(_ item: DeliveryItem, whenFull: WhenFull) async -> Outbox.EnqueueResult {
    await enqueueNoting(item, whenFull: whenFull).result
  }

  package func enqueueNoting(_ item: DeliveryItem, whenFull: WhenFull) async -> EnqueueOutcome {
    guard whenFull == .wait else { return enqueueNoting(item) }
    let ticket = state.withLock { state in
      state.lastDrainWaiter += 1
      return state.lastDrainWaiter
    }
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: WaitingProducers.Continuation) in
        let outcome = state.withLock { state -> EnqueueOutcome? in
          if Task.isCancelled { return Self.refusal }
          if let outcome = Self.takeWithoutWaiting(item, into: &state) { return outcome }
          if state.producers.count >= configuration.maximumWaitingProducers { return Self.refusal }
          state.producers.add(item, ticket: ticket, continuation)
          return nil
        }
        if let outcome { continuation.resume(returning: outcome) }
      }
    } onCancel: {
      state.withLock { $0.producers.remove(ticket) }?.resume(returning: Self.refusal)
    }
    signalEnqueued()
    return outcome
  }

  /// As many calls of ``enqueueNoting(_:whenFull:)`` in order, but what finds room at once is taken in one step, so that a
  /// writer that is quick does not split it into many batches.
  package func enqueueNoting(contentsOf items: [DeliveryItem], whenFull: WhenFull) async -> [EnqueueOutcome] {
    var outcomes = state.withLock { state in
      var outcomes: [EnqueueOutcome] = []
      for item in items {
        let outcome = whenFull == .wait ? Self.takeWithoutWaiting(item, into: &state) : Self.take(item, into: &state)
        guard let outcome else { break }
        outcomes.append(outcome)
      }
      return outcomes
    }
    signalEnqueued()
    for item in items.dropFirst(outcomes.count) { outcomes.append(await enqueueNoting(item, whenFull: whenFull)) }
    return outcomes
  }

  /// Nil when the item has to wait for room.
  private static func takeWithoutWaiting(_ item: DeliveryItem, into state: inout State) -> EnqueueOutcome? {
    let isFirst = !state.producers.isWaiting(item.deliveryClass)
    guard isFirst && state.outbox.hasRoom(for: item) || !state.outbox.couldEverHold(item) else { return nil }
    return take(item, into: &state)
  }

  static func take(_ item: DeliveryItem, into state: inout State) -> EnqueueOutcome {
    EnqueueOutcome(result: state.outbox.enqueue(item), batch: state.outbox.batch(holding: item))
  }

  private static let refusal = EnqueueOutcome(result: .refused, batch: 0)
}
