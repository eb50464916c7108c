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

    public init() {}
  }

  private struct State {
    var outbox: Outbox
    var requests: [String: AsyncStream<EdgeMessage>.Continuation] = [:]
    var connection: (any MessageConnection)?
    /// Counts connections, so that the late end of one does not touch its successor.
    var generation = 0
    var drainWaiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var lastDrainWaiter: UInt64 = 0
    /// Items that need no acknowledgement leave the outbox before they are written.
    var isWriting = false

    var isDrained: Bool { (outbox.isEmpty && !isWriting) || connection == nil }

    mutating func takeDrainWaiters() -> [CheckedContinuation<Void, Never>] {
      guard isDrained else { return [] }
      defer { drainWaiters = [:] }
      return Array(drainWaiters.values)
    }
  }

  private enum Wake: Hashable, Sendable { case outbox }

  private let state: Mutex<State>
  private let wake = CoalescingQueue<Wake>()
  private let configuration: Configuration
  private let clock = ContinuousClock()

  public init(configuration: Configuration = Configuration()) {
    self.configuration = configuration
    state = Mutex(State(outbox: Outbox(configuration: configuration.outbox)))
  }

  /// Takes an item for delivery now or when a connection is there. `refused` means that the outbox is full.
  @discardableResult
  public func enqueue(_ item: DeliveryItem) -> Outbox.EnqueueResult {
    let result = state.withLock { $0.outbox.enqueue(item) }
    wake.add(.outbox)
    return result
  }

  /// Sends at once over the current connection, past the outbox: acknowledgements, keepalives.
  /// - Throws: ``TransportError`` with `unreachable` while there is no connection.
  public func sendNow(_ message: EdgeMessage) async throws(TransportError) {
    guard let connection = state.withLock({ $0.connection }) else { throw Self.notConnected }
    try await connection.send(message)
  }

  /// Sends a request and waits for its answer.
  ///
  /// The waiter is registered before the message is written: a fast answer must find it (KubeEdge loses such answers).
  /// - Throws: ``TransportError``: `unreachable` without a connection, `timedOut`, `connectionLost`, `cancelled` (the peer may have the
  ///   request), `refused` when too many requests wait already.
  public func request(_ message: EdgeMessage, within timeout: Duration) async throws(TransportError) -> EdgeMessage {
    let (answers, continuation) = AsyncStream<EdgeMessage>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let admission: Result<any MessageConnection, TransportError> = state.withLock { state in
      guard let connection = state.connection else { return .failure(Self.notConnected) }
      guard state.requests.count < configuration.maximumRequests else {
        return .failure(TransportError(code: .refused, message: "too many requests wait for their answers"))
      }
      state.requests[message.id] = continuation
      return .success(connection)
    }
    defer { _ = state.withLock { $0.requests.removeValue(forKey: message.id) } }
    try await admission.get().send(message)
    let outcome = await withTaskGroup(of: RequestOutcome.self) { group in
      group.addTask {
        for await answer in answers { return .answered(answer) }
        return .connectionEnded
      }
      group.addTask { [clock] in
        try? await clock.sleep(for: timeout)
        return .timedOut
      }
      let first = await group.next() ?? .timedOut
      group.cancelAll()
      return first
    }
    switch outcome {
    case .answered(let answer): return answer
    case _ where Task.isCancelled: throw TransportError(code: .cancelled, message: "the requesting task was cancelled")
    case .connectionEnded:
      throw TransportError(code: .connectionLost, message: "the connection ended before the answer")
    case .timedOut: throw TransportError(code: .timedOut, message: "no answer to \(message.resource) within \(timeout)")
    }
  }

  private enum RequestOutcome: Sendable {
    case answered(EdgeMessage)
    case connectionEnded
    case timedOut
  }

  /// Serves one connection until it ends: delivers the outbox, matches answers, hands everything else to `receive`.
  ///
  /// One connection at a time: serve the next one only after this call has ended. An answer that comes too late for its
  /// request, or a second time, is handed to `receive` like any other message.
  ///
  /// - Parameters:
  ///   - answered: judges the answer to a delivered item. By default an `error` is tried again after a second.
  ///   - receive: called for one message after the other, in order; returning is what lets the next one in.
  /// - Throws: the connection's ``TransportError`` when the link was lost; returns when it was closed in good order.
  public func serve(
    _ connection: some MessageConnection,
    answered: @escaping @Sendable (DeliveryItem, EdgeMessage) async -> Verdict = { _, answer in
      answer.operation == .error ? .retry(after: .seconds(1)) : .accepted
    },
    receive: @escaping @Sendable (EdgeMessage) async -> Void
  ) async throws(TransportError) {
    let generation = state.withLock { state in
      state.connection = connection
      state.generation += 1
      return state.generation
    }
    wake.add(.outbox)
    defer { detach(generation) }
    let outcome = await withTaskGroup(of: HalfEnd.self) { group in
      group.addTask { .reading(await self.read(connection, answered, receive)) }
      group.addTask { .writing(await self.deliver(over: connection)) }
      let first = await group.next()
      // When the peer has closed, what it sent before still waits to be read, acknowledgements among it.
      if case .writing(.failure(let error)) = first, error.code == .closed, case .reading(let end) = await group.next()
      {
        await connection.close()
        return end
      }
      group.cancelAll()
      await connection.close()
      return first?.result ?? .success(())
    }
    try outcome.get()
  }

  private enum HalfEnd: Sendable {
    case reading(Result<Void, TransportError>)
    case writing(Result<Void, TransportError>)

    var result: Result<Void, TransportError> {
      switch self {
      case .reading(let result), .writing(let result): result
      }
    }
  }

  /// Waits until nothing is waiting or on its way, the connection ends (or there is none) or the task is cancelled.
  public func drained() async {
    let waiter = state.withLock { state in
      state.lastDrainWaiter += 1
      return state.lastDrainWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.isDrained || Task.isCancelled { return true }
          state.drainWaiters[waiter] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.drainWaiters.removeValue(forKey: waiter) }?.resume()
    }
  }

  public var counters: OutboxCounters { state.withLock { $0.outbox.counters } }
  public var pendingCount: Int { state.withLock { $0.outbox.pendingCount } }
  public var isConnected: Bool { state.withLock { $0.connection != nil } }
  var waitingRequests: Int { state.withLock { $0.requests.count } }

  // MARK: The two directions

  private func read(
    _ connection: some MessageConnection, _ answered: @Sendable (DeliveryItem, EdgeMessage) async -> Verdict,
    _ receive: @Sendable (EdgeMessage) async -> Void
  ) async -> Result<Void, TransportError> {
    do throws(TransportError) {
      for try await message in connection.inbound {
        if !message.parentID.isEmpty {
          if let waiter = state.withLock({ $0.requests.removeValue(forKey: message.parentID) }) {
            waiter.yield(message)
            waiter.finish()
            continue
          }
          if await settle(message, answered) { continue }
        }
        await receive(message)
      }
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  /// Feeds an answer to the outbox; false when it answers nothing that is on its way.
  private func settle(
    _ answer: EdgeMessage, _ answered: @Sendable (DeliveryItem, EdgeMessage) async -> Verdict
  ) async -> Bool {
    guard let item = state.withLock({ $0.outbox.itemInFlight(messageID: answer.parentID) }) else { return false }
    let verdict = await answered(item, answer)
    let waiters = state.withLock { state in
      switch verdict {
      case .accepted: _ = state.outbox.acknowledged(parentID: answer.parentID)
      case .retry(let delay): _ = state.outbox.rejected(parentID: answer.parentID, retryAt: clock.now + delay)
      case .givenUp: _ = state.outbox.rejected(parentID: answer.parentID, retryAt: nil)
      }
      return state.takeDrainWaiters()
    }
    wake.add(.outbox)
    for waiter in waiters { waiter.resume() }
    return true
  }

  private func deliver(over connection: some MessageConnection) async -> Result<Void, TransportError> {
    while !Task.isCancelled {
      let (batch, deadline, waiters) = state.withLock { state in
        let batch = state.outbox.nextToSend(now: clock.now)
        state.isWriting = !batch.isEmpty
        return (batch, state.outbox.nextDeadline, state.takeDrainWaiters())
      }
      for waiter in waiters { waiter.resume() }
      do throws(TransportError) {
        for message in batch { try await connection.send(message) }
      } catch {
        return .failure(error)
      }
      if !batch.isEmpty { continue }
      let timeout = deadline.map { max(.zero, clock.now.duration(to: $0)) }
      guard await wake.next(within: timeout, clock: clock) != nil else { break }
    }
    return .success(())
  }

  private func detach(_ generation: Int) {
    let (requests, waiters) = state.withLock {
      state -> ([String: AsyncStream<EdgeMessage>.Continuation], [CheckedContinuation<Void, Never>]) in
      guard state.generation == generation else { return ([:], []) }
      state.connection = nil
      state.isWriting = false
      state.outbox.connectionLost()
      defer { state.requests = [:] }
      return (state.requests, state.takeDrainWaiters())
    }
    for request in requests.values { request.finish() }
    for waiter in waiters { waiter.resume() }
  }

  private static let notConnected = TransportError(code: .unreachable, message: "there is no connection at the moment")
}
