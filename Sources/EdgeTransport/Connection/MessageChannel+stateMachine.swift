extension MessageChannel {
  /// The brain of ``MessageChannel``: who waits, what waits, and how it ended.
  ///
  /// ```
  /// open --finish--> finishing (what waits is still delivered) --empty--> ended
  /// ```
  /// Invariants: a consumer waits only when nothing is queued; producers wait only when the queue is full.
  struct StateMachine {
    typealias Outcome = Result<EdgeMessage?, TransportError>
    typealias Consumer = CheckedContinuation<Outcome, Never>
    typealias Producer = CheckedContinuation<Result<Void, TransportError>, Never>

    private enum State {
      case open
      /// Nil is an end in good order.
      case ended(TransportError?)
    }

    private struct WaitingProducer {
      let ticket: UInt64
      let message: EdgeMessage
      let continuation: Producer
    }

    private let capacity: Int
    private let maximumBytes: Int
    private var state = State.open
    private var queue = FIFO<EdgeMessage>()
    /// Of the contents in the queue.
    private var bytes = 0
    private var producers = FIFO<WaitingProducer>()
    private var consumer: (ticket: UInt64, continuation: Consumer)?
    private var lastTicket: UInt64 = 0
    private var cancelledBeforeWaiting: Set<UInt64> = []

    init(capacity: Int, maximumBytes: Int) {
      precondition(capacity > 0 && maximumBytes > 0, "a channel holds at least one message")
      self.capacity = capacity
      self.maximumBytes = maximumBytes
    }

    var count: Int { queue.count }
    var isFull: Bool { queue.count >= capacity || bytes >= maximumBytes }

    mutating func ticket() -> UInt64 {
      lastTicket += 1
      return lastTicket
    }

    enum OfferAction {
      case queued
      case deliver(Consumer)
      case refuse(TransportError)
    }

    /// Takes a message whatever the fill; the producer heeds ``isFull`` by itself (an event loop stops reading).
    mutating func offer(_ message: EdgeMessage) -> OfferAction {
      if case .ended(let error) = state { return .refuse(error ?? .ended) }
      if let (_, continuation) = consumer {
        consumer = nil
        return .deliver(continuation)
      }
      enqueue(message)
      return .queued
    }

    private mutating func enqueue(_ message: EdgeMessage) {
      queue.append(message)
      bytes += message.content.bytes.count
    }

    enum SendAction {
      case wait
      case finish(Producer, Result<Void, TransportError>, delivering: Consumer?)
    }

    mutating func send(_ message: EdgeMessage, ticket: UInt64, continuation: Producer) -> SendAction {
      if cancelledBeforeWaiting.remove(ticket) != nil {
        return .finish(continuation, .failure(.cancelledWait), delivering: nil)
      }
      if isFull, case .open = state {
        producers.append(WaitingProducer(ticket: ticket, message: message, continuation: continuation))
        return .wait
      }
      switch offer(message) {
      case .queued: return .finish(continuation, .success(()), delivering: nil)
      case .deliver(let consumer): return .finish(continuation, .success(()), delivering: consumer)
      case .refuse(let error): return .finish(continuation, .failure(error), delivering: nil)
      }
    }

    enum NextAction {
      case wait
      case finish(Consumer, Outcome, resuming: Producer?)
    }

    mutating func next(ticket: UInt64, continuation: Consumer) -> NextAction {
      precondition(consumer == nil, "one task reads a connection")
      if cancelledBeforeWaiting.remove(ticket) != nil { return .finish(continuation, .success(nil), resuming: nil) }
      if let message = queue.popFirst() {
        bytes -= message.content.bytes.count
        var producer: WaitingProducer?
        if !isFull {
          producer = producers.popFirst()
          if let producer { enqueue(producer.message) }
        }
        return .finish(continuation, .success(message), resuming: producer?.continuation)
      }
      switch state {
      case .open:
        consumer = (ticket, continuation)
        return .wait
      case .ended(nil): return .finish(continuation, .success(nil), resuming: nil)
      case .ended(let error?): return .finish(continuation, .failure(error), resuming: nil)
      }
    }

    enum CancelAction {
      case none
      case consumer(Consumer)
      case producer(Producer)
    }

    mutating func cancel(ticket: UInt64) -> CancelAction {
      if let waiting = consumer, waiting.ticket == ticket {
        consumer = nil
        return .consumer(waiting.continuation)
      }
      var found: Producer?
      producers.filter { waiting in
        if waiting.ticket == ticket { found = waiting.continuation }
        return waiting.ticket != ticket
      }
      if let found { return .producer(found) }
      // The handler runs before the wait began, or after it ended; only the first may leave a mark.
      cancelledBeforeWaiting.insert(ticket)
      return .none
    }

    /// Forgets the mark of a wait that is over.
    mutating func settle(ticket: UInt64) { cancelledBeforeWaiting.remove(ticket) }

    /// Ends the channel; what is queued is still delivered, what waited for room is not.
    mutating func finish(_ error: TransportError?) -> (consumer: Consumer?, producers: [Producer]) {
      guard case .open = state else { return (nil, []) }
      state = .ended(error)
      var refused: [Producer] = []
      while let producer = producers.popFirst() { refused.append(producer.continuation) }
      defer { consumer = nil }
      return (consumer?.continuation, refused)
    }
  }
}

extension TransportError {
  static let ended = TransportError(code: .closed, message: "the connection is closed")
  static let cancelledWait = TransportError(code: .cancelled, message: "the sending task was cancelled")
}
