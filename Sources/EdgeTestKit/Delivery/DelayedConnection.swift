import EdgePrimitives
import EdgeTransport
import Synchronization

/// A connection inside one process whose messages take their time, as over a long line: any number may be under way.
public final class DelayedConnection: MessageConnection {
  private let incoming: DelayLine
  private let outgoing: DelayLine

  private init(incoming: DelayLine, outgoing: DelayLine) {
    self.incoming = incoming
    self.outgoing = outgoing
  }

  /// Two ends of one link.
  /// - Parameters:
  ///   - delay: one way; the round trip takes twice as long.
  ///   - capacity: how many messages each direction holds; then `send` takes as long as the line.
  public static func pair(
    delay: Duration, capacity: Int = 1 << 16, clock: any Clock<Duration> = ContinuousClock()
  ) -> (DelayedConnection, DelayedConnection) {
    let one = DelayLine(delay: delay, capacity: capacity, clock: clock)
    let other = DelayLine(delay: delay, capacity: capacity, clock: clock)
    return (DelayedConnection(incoming: one, outgoing: other), DelayedConnection(incoming: other, outgoing: one))
  }

  public var inbound: InboundMessages {
    InboundMessages { [incoming] () async throws(TransportError) -> EdgeMessage? in try await incoming.next() }
  }

  public func send(_ message: EdgeMessage) async throws(TransportError) { try await outgoing.send(message) }

  public func close() async {
    outgoing.finish(nil)
    incoming.finish(nil)
  }

  /// Breaks the link as a pulled cable would: what is under way is lost, and both ends throw `connectionLost`.
  public func breakLink() {
    let error = TransportError(code: .connectionLost, message: "the link was broken")
    outgoing.finish(error)
    incoming.finish(error)
  }
}

private final class DelayLine: Sendable {
  private enum Wake: Hashable, Sendable { case change }

  private struct State {
    var queue: [(due: Duration, message: EdgeMessage)] = []
    var head = 0
    var end: Result<Void, TransportError>?

    mutating func pop() -> EdgeMessage {
      defer {
        head += 1
        if head >= 4096 {
          queue.removeFirst(head)
          head = 0
        }
      }
      return queue[head].message
    }
  }

  private let delay: Duration
  private let capacity: Int
  private let clock: any Clock<Duration>
  private let time: @Sendable () -> Duration
  private let state = Mutex(State())
  private let wake = CoalescingQueue<Wake>()

  init(delay: Duration, capacity: Int, clock: some Clock<Duration>) {
    self.delay = delay
    self.capacity = capacity
    self.clock = clock
    let start = clock.now
    time = { start.duration(to: clock.now) }
  }

  func send(_ message: EdgeMessage) async throws(TransportError) {
    while true {
      enum Step {
        case full
        case taken(wakes: Bool)
        case ended(TransportError)
      }
      let step = state.withLock { state -> Step in
        switch state.end {
        case .failure(let error): return .ended(error)
        case .success: return .ended(TransportError(code: .closed, message: "the connection ended"))
        case nil: break
        }
        guard state.queue.count - state.head < capacity else { return .full }
        state.queue.append((time() + delay, message))
        return .taken(wakes: state.queue.count - state.head == 1)
      }
      switch step {
      case .taken(let wakes):
        if wakes { wake.add(.change) }
        return
      case .ended(let error): throw error
      case .full:
        do {
          try await clock.sleep(for: delay)
        } catch {
          throw TransportError(code: .cancelled, message: "the sending task was cancelled")
        }
      }
    }
  }

  func next() async throws(TransportError) -> EdgeMessage? {
    while !Task.isCancelled {
      enum Step {
        case message(EdgeMessage)
        case wait(Duration?)
        case end(Result<Void, TransportError>)
      }
      let step = state.withLock { state -> Step in
        if case .failure = state.end, let end = state.end { return .end(end) }
        guard state.head < state.queue.count else { return state.end.map { .end($0) } ?? .wait(nil) }
        let rest = state.queue[state.head].due - time()
        return rest <= .zero ? .message(state.pop()) : .wait(rest)
      }
      switch step {
      case .message(let message): return message
      case .end(let end):
        try end.get()
        return nil
      case .wait(let rest):
        if let rest { try? await clock.sleep(for: rest) } else if await wake.next() == nil { return nil }
      }
    }
    return nil
  }

  func finish(_ error: TransportError?) {
    state.withLock { state in
      if state.end == nil { state.end = error.map { .failure($0) } ?? .success(()) }
    }
    wake.add(.change)
  }
}
