import Synchronization

/// A queue of names of things that need attention: what is added twice before it is taken is taken once.
///
/// Its bound is the number of distinct elements, not the number of events, so a storm of changes to one object costs one
/// entry (level-triggered work, as in Kubernetes controllers). Any number of producers, one consumer.
public final class CoalescingQueue<Element: Hashable & Sendable>: Sendable {
  private struct State {
    var waiting: [Element] = []
    var known: Set<Element> = []
    var consumer: CheckedContinuation<[Element]?, Never>?
    var isFinished = false

    mutating func takeAll() -> [Element] {
      defer {
        waiting = []
        known = []
      }
      return waiting
    }
  }

  private let state = Mutex(State())

  public init() {}

  /// Adds an element unless it is already waiting. Ignored after ``finish()``.
  public func add(_ element: Element) { add(contentsOf: CollectionOfOne(element)) }

  public func add(contentsOf elements: some Sequence<Element>) {
    let resumption = state.withLock { state -> (CheckedContinuation<[Element]?, Never>, [Element])? in
      guard !state.isFinished else { return nil }
      for element in elements where state.known.insert(element).inserted { state.waiting.append(element) }
      guard !state.waiting.isEmpty, let consumer = state.consumer else { return nil }
      state.consumer = nil
      return (consumer, state.takeAll())
    }
    resumption?.0.resume(returning: resumption?.1)
  }

  /// Waits for elements and takes all of them, oldest first. Returns nil once the queue is finished or the task cancelled.
  public func next() async -> [Element]? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let outcome = state.withLock { state -> [Element]?? in
          if state.isFinished || Task.isCancelled { return .some(nil) }
          if !state.waiting.isEmpty { return .some(state.takeAll()) }
          precondition(state.consumer == nil, "a coalescing queue has one consumer")
          state.consumer = continuation
          return nil
        }
        if let outcome { continuation.resume(returning: outcome) }
      }
    } onCancel: {
      let consumer = state.withLock { state in
        defer { state.consumer = nil }
        return state.consumer
      }
      consumer?.resume(returning: nil)
    }
  }

  /// As ``next()``, but returns an empty array when nothing came within `timeout` (nil waits without end).
  public func next(within timeout: Duration?, clock: some Clock<Duration>) async -> [Element]? {
    guard let timeout else { return await next() }
    guard timeout > .zero else { return takeWithoutWaiting() }
    return await withTaskGroup(of: Race.self) { group in
      group.addTask { .taken(await self.next()) }
      group.addTask {
        try? await clock.sleep(for: timeout)
        return .timedOut
      }
      let first = await group.next()
      group.cancelAll()
      if case .taken(let elements)? = first { return elements }
      // The consumer may have been handed elements while the timer fired; they must not be lost.
      if case .taken(let elements?)? = await group.next() { return elements }
      return takeWithoutWaiting()
    }
  }

  private enum Race: Sendable {
    case taken([Element]?)
    case timedOut
  }

  private func takeWithoutWaiting() -> [Element]? {
    state.withLock { $0.isFinished || Task.isCancelled ? nil : $0.takeAll() }
  }

  /// Ends the queue: the consumer gets nil and later elements are ignored.
  public func finish() {
    let consumer = state.withLock { state in
      state.isFinished = true
      state.waiting = []
      state.known = []
      defer { state.consumer = nil }
      return state.consumer
    }
    consumer?.resume(returning: nil)
  }

  public var count: Int { state.withLock { $0.waiting.count } }
}
