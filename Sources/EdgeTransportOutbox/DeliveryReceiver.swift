import EdgePrimitives
import EdgeStore
import EdgeTransport
import Synchronization

/// What the handler of a ``DeliveryReceiver`` made of a message.
public enum DeliveryEffect: Sendable {
  /// The effect is made and durable. A crash before the receiver has noted so repeats the message: the handler must bear
  /// a repeat.
  case performed
  /// The effect is these changes of the receiver's own store. They are committed together with the note that the message
  /// was applied, so the effect is made exactly once. At most 120 operations. Effects of one round are committed
  /// together: the handler does not find those of the messages just before it in the store yet.
  case commit([Transaction.Operation])
  /// The effect is made and durable, and making it again changes nothing, as with the state of an object that is compared
  /// with what is there. Nothing is written to remember it by: the memory would cost more than the repeat.
  case idempotent
  /// It cannot be taken now; the sender tries again later. What follows of the same object waits for it.
  case refuse(String)
  /// It can never be taken; the sender is told, and what follows of the object goes on.
  case giveUp(String)
}

/// The receiving end of delivery: applies each message once, in order per object, and acknowledges when the effect is
/// durable.
///
/// Messages of all connections of one peer pass one bounded line; a worker takes all that waits, applies messages of
/// different objects at the same time and those of one object in order, writes the memory of what was applied in one
/// transaction for many messages, and answers all of them. The sender's window is never waited out one by one.
///
/// The memory (``Inbox``) is bounded: a repeat that comes later than ``InboxConfiguration/maximumRemembered`` other
/// messages is applied again.
public final class DeliveryReceiver: Sendable {
  public struct Configuration: Sendable {
    public var inbox = InboxConfiguration()
    /// Messages that may wait for the worker or for their answers; then the connection is not read on.
    public var maximumQueued = 4096
    /// Messages that one round takes.
    public var maximumBatch = 2048
    /// Objects whose messages are handled at the same time.
    public var maximumConcurrency = 64

    public init() {}
  }

  public typealias Handler = @Sendable (EdgeMessage) async -> DeliveryEffect

  private struct Arrival: Sendable {
    let message: EdgeMessage
    let session: Session
  }

  private struct State {
    var inbox: Inbox
    var queue = FIFO<Arrival>()
    /// Messages queued, at the worker, or with their answers not yet sent.
    var pending = 0
    var waiting = FIFO<(ticket: UInt64, continuation: CheckedContinuation<Void, Never>)>()
    var lastTicket: UInt64 = 0
    var restoration: [StoreKey]?
    var isPerforming = false
    /// Wait for the end of the round that is being performed.
    var settling: [CheckedContinuation<Void, Never>] = []
  }

  private enum Wake: Hashable, Sendable { case arrival }

  private let journal: StoreJournal
  private let configuration: Configuration
  private let clock: any Clock<Duration>
  private let entropy: any EntropySource
  private let wallClock: any WallClock
  private let handler: Handler
  private let state: Mutex<State>
  private let wake = CoalescingQueue<Wake>()

  /// - Parameters:
  ///   - prefix: of all keys of this receiver's memory; nobody else may use keys below it.
  ///   - handler: makes the effect of one message. It is called for one message of an object at a time.
  public init(
    store: any MVCCStore, prefix: StoreKey, configuration: Configuration = Configuration(),
    clock: any Clock<Duration> = ContinuousClock(), entropy: any EntropySource = SystemEntropy(),
    wallClock: any WallClock = SystemWallClock(), handler: @escaping Handler
  ) {
    journal = StoreJournal(store: store, prefix: prefix)
    self.configuration = configuration
    self.clock = clock
    self.entropy = entropy
    self.wallClock = wallClock
    self.handler = handler
    state = Mutex(State(inbox: Inbox(configuration: configuration.inbox)))
  }

  public var counters: InboxCounters { state.withLock { $0.inbox.counters } }

  // MARK: Sessions

  /// One connection's way into a receiver.
  public final class Session: Sendable {
    private let receiver: DeliveryReceiver
    fileprivate let number: UInt64
    /// Nil when nobody sends them any more.
    private let answers = Mutex<[EdgeMessage]?>([])
    private let wake = CoalescingQueue<Wake>()

    fileprivate init(_ receiver: DeliveryReceiver, number: UInt64) {
      self.receiver = receiver
      self.number = number
    }

    /// Takes a message. Suspends while the line is full; a message that waits when its task is cancelled is dropped, and
    /// comes again with the next connection.
    public func receive(_ message: EdgeMessage) async { await receiver.enqueue(message, from: self) }

    /// Sends the answers until the connection or the task ends.
    public func sendAnswers(over connection: some MessageConnection) async {
      defer {
        let unsent = answers.withLock { answers in
          defer { answers = nil }
          return answers?.count ?? 0
        }
        receiver.answered(unsent)
      }
      while await wake.next() != nil {
        let batch = answers.withLock { answers in
          defer { answers = [] }
          return answers ?? []
        }
        defer { receiver.answered(batch.count) }
        do { for answer in batch { try await connection.send(answer) } } catch { return }
      }
    }

    /// The messages behind these answers come again with the next connection when this one is over.
    fileprivate func answer(_ messages: [EdgeMessage]) {
      let isTaken = answers.withLock { answers in
        guard answers != nil else { return false }
        answers? += messages
        return true
      }
      if isTaken { wake.add(.arrival) } else { receiver.answered(messages.count) }
    }
  }

  /// A new connection of the peer begins; what earlier ones still bring is dropped.
  public func beginSession() -> Session {
    Session(self, number: state.withLock { $0.inbox.beginSession() })
  }

  /// Waits until what is being applied at this moment is applied. After ``beginSession()``, nothing of an earlier
  /// connection is applied any more when this returns.
  public func settled() async {
    await withCheckedContinuation { continuation in
      let isSettled = state.withLock { state in
        if state.isPerforming { state.settling.append(continuation) }
        return !state.isPerforming
      }
      if isSettled { continuation.resume() }
    }
  }

  /// See ``Inbox/forgetVersions()``.
  public func forgetVersions() { state.withLock { $0.inbox.forgetVersions() } }

  fileprivate func enqueue(_ message: EdgeMessage, from session: Session) async {
    let ticket = state.withLock { state in
      state.lastTicket += 1
      return state.lastTicket
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let goesOn = state.withLock { state in
          if state.pending < configuration.maximumQueued || Task.isCancelled { return true }
          state.waiting.append((ticket, continuation))
          return false
        }
        if goesOn { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
        var found: CheckedContinuation<Void, Never>?
        state.waiting.filter { waiting in
          if waiting.ticket == ticket { found = waiting.continuation }
          return waiting.ticket != ticket
        }
        return found
      }
      waiter?.resume()
    }
    if Task.isCancelled { return }
    state.withLock { state in
      state.pending += 1
      state.queue.append(Arrival(message: message, session: session))
    }
    wake.add(.arrival)
  }

  /// Messages have left the receiver.
  fileprivate func answered(_ count: Int) {
    guard count > 0 else { return }
    let resumed = state.withLock { state in
      state.pending -= count
      var resumed: [CheckedContinuation<Void, Never>] = []
      while resumed.count < configuration.maximumQueued - state.pending, let waiting = state.waiting.popFirst() {
        resumed.append(waiting.continuation)
      }
      return resumed
    }
    for continuation in resumed { continuation.resume() }
  }

  // MARK: The worker

  /// Reads what an earlier life remembered, once; ``run()`` does it when nobody has.
  /// - Returns: the keys of records that could not be read; they were left where they are.
  @discardableResult
  public func restore() async throws(StoreError) -> [StoreKey] {
    if let unreadable = state.withLock({ $0.restoration }) { return unreadable }
    var records: [InboxRecord] = []
    let unreadable = try await journal.load { (key, value) throws(JournalError) in
      records.append(try InboxRecord(key: key, value: value))
    }
    state.withLock { state in
      state.restoration = unreadable
      state.inbox.restore(records)
    }
    return unreadable
  }

  /// Applies and answers until the task is cancelled.
  /// - Throws: the store's error when it failed for good; nothing is acknowledged any more then.
  public func run() async throws(StoreError) {
    try await restore()
    while await wake.next() != nil {
      while case let batch = takeBatch(), !batch.isEmpty { try await perform(batch) }
    }
  }

  private func takeBatch() -> [Arrival] {
    state.withLock { state in
      var batch: [Arrival] = []
      while batch.count < configuration.maximumBatch, let arrival = state.queue.popFirst() { batch.append(arrival) }
      state.isPerforming = !batch.isEmpty
      return batch
    }
  }

  private func endRound() {
    let settling = state.withLock { state in
      state.isPerforming = false
      defer { state.settling = [] }
      return state.settling
    }
    for continuation in settling { continuation.resume() }
  }

  private enum Outcome: Sendable {
    case applied([Transaction.Operation])
    case acknowledged
    case refused(String)
    case dropped
  }

  private func perform(_ batch: [Arrival]) async throws(StoreError) {
    defer { endRound() }
    let outcomes = await handle(batch)
    try await commit(batch, outcomes)
    answer(batch, outcomes)
  }

  /// Handles the messages of one object in order, those of different ones at the same time.
  private func handle(_ batch: [Arrival]) async -> [Outcome] {
    var groups: [[Int]] = []
    var groupOfObject: [String: Int] = [:]
    for (index, arrival) in batch.enumerated() {
      if let group = groupOfObject[arrival.message.resource] {
        groups[group].append(index)
      } else {
        groupOfObject[arrival.message.resource] = groups.count
        groups.append([index])
      }
    }
    let lanes = min(configuration.maximumConcurrency, groups.count)
    return await withTaskGroup(of: [(Int, Outcome)].self) { tasks in
      for lane in 0..<lanes {
        tasks.addTask { [groups] in
          var outcomes: [(Int, Outcome)] = []
          for group in stride(from: lane, to: groups.count, by: lanes) {
            for index in groups[group] { outcomes.append((index, await self.handle(batch[index]))) }
          }
          return outcomes
        }
      }
      var all = [Outcome](repeating: .dropped, count: batch.count)
      for await outcomes in tasks { for (index, outcome) in outcomes { all[index] = outcome } }
      return all
    }
  }

  private func handle(_ arrival: Arrival) async -> Outcome {
    let identity = IncomingIdentity(arrival.message)
    guard identity.id.utf8.count + identity.objectKey.utf8.count <= Self.maximumNameBytes else {
      return .refused("id and resource are longer than \(Self.maximumNameBytes) bytes")
    }
    switch state.withLock({ $0.inbox.admit(identity, session: arrival.session.number) }) {
    case .fenced: return .dropped
    case .duplicate, .superseded: return .acknowledged
    case .heldBack: return .refused("an older message of this object has to come first")
    case .apply: break
    }
    switch await handler(arrival.message) {
    case .performed:
      state.withLock { $0.inbox.applied(identity) }
      return .applied([])
    case .idempotent:
      state.withLock { $0.inbox.appliedIdempotently(identity) }
      return .acknowledged
    case .commit(let operations):
      if let problem = EffectUnit.problem(of: operations) {
        state.withLock { $0.inbox.refused(identity, isFinal: true) }
        return .refused(problem)
      }
      state.withLock { $0.inbox.applied(identity) }
      return .applied(operations)
    case .refuse(let reason):
      state.withLock { $0.inbox.refused(identity, isFinal: false) }
      return .refused(reason)
    case .giveUp(let reason):
      state.withLock { $0.inbox.refused(identity, isFinal: true) }
      return .refused(reason)
    }
  }

  /// They stand in memory and on the disk, so a peer must not choose how long they are; Kubernetes' longest are 400.
  private static let maximumNameBytes = 1024

  /// Commits the effects in the order of arrival, each transaction with the memory of its own messages.
  private func commit(_ batch: [Arrival], _ outcomes: [Outcome]) async throws(StoreError) {
    var unit = EffectUnit()
    for (arrival, outcome) in zip(batch, outcomes) {
      guard case .applied(let operations) = outcome else { continue }
      let identity = IncomingIdentity(arrival.message)
      if !unit.hasRoom(for: operations, of: identity) {
        try await commit(unit)
        unit = EffectUnit()
      }
      unit.add(operations, of: identity)
    }
    try await commit(unit)
  }

  private func commit(_ unit: EffectUnit) async throws(StoreError) {
    let memory = state.withLock { $0.inbox.record(unit.identities) }
    guard !memory.isEmpty else { return }
    let transaction = Transaction(success: unit.operations + memory.map(journal.operation))
    try await journal.commit(transaction, pausingOn: clock)
  }

  private func answer(_ batch: [Arrival], _ outcomes: [Outcome]) {
    // A batch holds what few sessions brought, mostly one.
    var answers: [(session: Session, messages: [EdgeMessage])] = []
    var dropped = 0
    for (arrival, outcome) in zip(batch, outcomes) {
      let id = UniqueID(from: entropy)
      let now = wallClock.now()
      let answer: EdgeMessage
      switch outcome {
      case .applied, .acknowledged: answer = arrival.message.ack(id: id, timestamp: now)
      case .refused(let reason): answer = arrival.message.refusal(id: id, timestamp: now, text: reason)
      case .dropped:
        dropped += 1
        continue
      }
      if let place = answers.lastIndex(where: { $0.session === arrival.session }) {
        answers[place].messages.append(answer)
      } else {
        answers.append((arrival.session, [answer]))
      }
    }
    answered(dropped)
    for (session, messages) in answers { session.answer(messages) }
  }
}
