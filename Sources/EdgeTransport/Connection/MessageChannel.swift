import Synchronization

/// A bounded, ordered queue between one reading task and any number of senders; the inside of every carrier.
///
/// When it is full, `send` suspends and `offer` (for event loops, which cannot suspend) says so; nothing is dropped.
package final class MessageChannel: Sendable {
  private let state: Mutex<StateMachine>
  /// Called, outside the lock, when a read made room; an event loop resumes reading here.
  private let onRoom: (@Sendable () -> Void)?

  package init(capacity: Int, maximumBytes: Int = .max, onRoom: (@Sendable () -> Void)? = nil) {
    state = Mutex(StateMachine(capacity: capacity, maximumBytes: maximumBytes))
    self.onRoom = onRoom
  }

  package enum Offer: Equatable, Sendable {
    case accepted
    /// Accepted, but the producer must pause until there is room.
    case acceptedAndFull
    case ended
  }

  package func offer(_ message: EdgeMessage) -> Offer {
    let (action, isFull) = state.withLock { state in (state.offer(message), state.isFull) }
    switch action {
    case .queued: return isFull ? .acceptedAndFull : .accepted
    case .deliver(let consumer):
      consumer.resume(returning: .success(message))
      return .accepted
    case .refuse: return .ended
    }
  }

  package func send(_ message: EdgeMessage) async throws(TransportError) {
    let ticket = state.withLock { $0.ticket() }
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: StateMachine.Producer) in
        switch state.withLock({ $0.send(message, ticket: ticket, continuation: continuation) }) {
        case .wait: break
        case .finish(let producer, let result, let consumer):
          consumer?.resume(returning: .success(message))
          producer.resume(returning: result)
        }
      }
    } onCancel: {
      cancel(ticket)
    }
    state.withLock { $0.settle(ticket: ticket) }
    try result.get()
  }

  /// The next message, nil at the end in good order or on cancellation.
  package func next() async throws(TransportError) -> EdgeMessage? {
    let ticket = state.withLock { $0.ticket() }
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: StateMachine.Consumer) in
        switch state.withLock({ $0.next(ticket: ticket, continuation: continuation) }) {
        case .wait: break
        case .finish(let consumer, let outcome, let producer):
          producer?.resume(returning: .success(()))
          consumer.resume(returning: outcome)
        }
      }
    } onCancel: {
      cancel(ticket)
    }
    state.withLock { $0.settle(ticket: ticket) }
    onRoom?()
    return try result.get()
  }

  package var isFull: Bool { state.withLock { $0.isFull } }
  package var count: Int { state.withLock { $0.count } }

  /// Ends the channel. The first call decides how.
  package func finish(_ error: TransportError?) {
    let (consumer, producers) = state.withLock { $0.finish(error) }
    if let error {
      consumer?.resume(returning: .failure(error))
    } else {
      consumer?.resume(returning: .success(nil))
    }
    for producer in producers { producer.resume(returning: .failure(error ?? .ended)) }
  }

  private func cancel(_ ticket: UInt64) {
    switch state.withLock({ $0.cancel(ticket: ticket) }) {
    case .none: break
    case .consumer(let consumer): consumer.resume(returning: .success(nil))
    case .producer(let producer): producer.resume(returning: .failure(.cancelledWait))
    }
  }
}
