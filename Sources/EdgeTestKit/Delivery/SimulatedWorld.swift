import EdgePrimitives
import EdgeTransport

/// The scheduler of a ``DeliverySimulation``: one queue of events, one clock, one generator.
final class SimulatedWorld {
  private enum Event {
    case pump(end: Int, life: Int)
    case produce(end: Int)
    case arrive(EdgeMessage, connection: Int, end: Int)
    case outboxWritten(end: Int, life: Int, batch: UInt64, transaction: UInt64)
    case inboxWritten(end: Int, life: Int, transaction: UInt64, answers: [(EdgeMessage, connection: Int)])
    case dial
    case accept(connection: Int)
    case connected(connection: Int)
    case notice(connection: Int, end: Int)
    case breakLink
    case partition(Bool)
    case crash(end: Int)
    case restart(end: Int)
  }

  private static let edge = 0
  private static let cloud = 1

  private let trace: ((String) -> Void)?
  private let seed: UInt64
  private let shape: DeliverySimulation.Shape
  private let entropy: SeededEntropy
  private var now = Duration.zero
  private var queue = EventQueue<Event>()
  private let ends: [SimulatedEnd]
  /// By the producing end.
  private var ledgers = [DeliveryLedger(), DeliveryLedger()]
  private var connections: [SimulatedConnection] = []
  private var dialled: Int?
  private var dialAgainAt = Duration.zero
  private var isPartitioned = false
  private var lastMessage = 0
  private(set) var report = DeliverySimulation.Report()

  init(seed: UInt64, shape: DeliverySimulation.Shape, trace: ((String) -> Void)?) {
    self.trace = trace
    self.seed = seed
    self.shape = shape
    entropy = SeededEntropy(seed: seed)
    ends = [SimulatedEnd(shape: shape), SimulatedEnd(shape: shape)]
  }

  // MARK: Dice

  private func chance(_ percent: UInt64) -> Bool { entropy.next(below: 100) < percent }
  private func milliseconds(_ range: ClosedRange<UInt64>) -> Duration {
    .milliseconds(Int64(range.lowerBound + entropy.next(below: range.upperBound - range.lowerBound + 1)))
  }
  private var isChaos: Bool { now < shape.duration }
  private func someTime() -> Duration {
    .microseconds(Int64(entropy.next(below: UInt64(shape.duration / .microseconds(1)))))
  }

  // MARK: The run

  func run() throws(DeliveryViolation) {
    for end in 0...1 {
      // Producers come in bursts, so that queues fill.
      var time = Duration.zero
      for _ in 0..<shape.items {
        time = chance(30) ? someTime() : time
        queue.plan(.produce(end: end), at: time)
      }
    }
    for _ in 0..<shape.crashes { queue.plan(.crash(end: Int(entropy.next(below: 2))), at: someTime()) }
    for _ in 0..<shape.breaks { queue.plan(.breakLink, at: someTime()) }
    let partition = someTime()
    queue.plan(.partition(true), at: partition)
    queue.plan(.partition(false), at: min(partition + milliseconds(100...2500), shape.duration))
    queue.plan(.dial, at: .zero)
    let limit = shape.duration + .seconds(120)
    while let (time, event) = queue.next() {
      now = time
      if !isChaos && isIdle { break }
      guard now < limit else { throw violation("nothing more would have been delivered: \(state)") }
      try perform(event)
    }
    try judge()
  }

  private func note(_ what: @autoclosure () -> String) {
    if let trace { trace("\(now)  \(what())") }
  }

  /// Whether nothing is on its way any more.
  private var isIdle: Bool {
    ends.allSatisfy { $0.isAlive && $0.outbox.isEmpty && $0.arrived.isEmpty && !$0.isWorking && $0.openWrites == 0 }
  }

  private var state: String {
    ends.map { end in
      "alive \(end.isAlive) pending \(end.outbox.pendingCount) in flight \(end.outbox.inFlightCount) "
        + "connection \(end.connection.map(String.init) ?? "none") writes \(end.openWrites)"
    }.joined(separator: "; ")
  }

  private func judge() throws(DeliveryViolation) {
    for end in 0...1 {
      let latest = { self.shape.outbox[$0].retention == .latest }
      if let what = ledgers[end].missing(keepsLatestOnly: latest) {
        throw violation("from \(name(end)): \(what)")
      }
      if ends[end].outbox.pendingBytes != 0 { throw violation("\(ends[end].outbox.pendingBytes) bytes are left over") }
      add(end)
      report.promised += ledgers[end].promisedCount
      report.effects += ledgers[end].effectCount
    }
    report.endedAt = now
  }

  private func name(_ end: Int) -> String { end == Self.edge ? "the edge" : "the cloud" }
  private func violation(_ what: String) -> DeliveryViolation {
    DeliveryViolation(seed: seed, time: now, what: what)
  }

  /// Adds the counters of a life that ends.
  private func add(_ end: Int) {
    let sent = ends[end].outbox.counters
    let received = ends[end].inbox.counters
    report.refused += sent.refused
    report.dropped += sent.dropped
    report.coalesced += sent.coalesced
    report.retransmitted += sent.retransmitted
    report.restored += sent.restored
    report.duplicates += received.duplicates
    report.heldBack += received.heldBack
    report.fenced += received.fenced
  }

  private func perform(_ event: Event) throws(DeliveryViolation) {
    switch event {
    case .pump(let end, let life):
      guard ends[end].life == life else { return }
      ends[end].plannedPump = nil
      pump(end)
    case .produce(let end): produce(end)
    case .arrive(let message, let connection, let end): arrive(message, connection, end)
    case .outboxWritten(let end, let life, let batch, let transaction):
      _ = ends[end].outboxDisk.finish(transaction)
      guard ends[end].life == life else { return }
      ends[end].openWrites -= 1
      if ends[end].openWrites == 0 { outboxWritten(end, batch) }
    case .inboxWritten(let end, let life, let transaction, let answers):
      for effect in ends[end].inboxDisk.finish(transaction) { try took(effect, by: end) }
      guard ends[end].life == life else { return }
      for (answer, connection) in answers { send(answer, over: connection, to: 1 - end) }
      ends[end].isWorking = false
      work(end)
    case .dial: dial()
    case .accept(let connection): accept(connection)
    case .connected(let connection): connected(connection)
    case .notice(let connection, let end): notice(connection, end)
    case .breakLink: if let current = ends[Self.cloud].connection { cut(current) }
    case .partition(let begins): partition(begins)
    case .crash(let end): try crash(end)
    case .restart(let end): try restart(end)
    }
  }

  // MARK: Producing and sending

  private func produce(_ end: Int) {
    guard ends[end].isAlive else { return }
    let kind = entropy.next(below: 10)
    let deliveryClass: DeliveryClass = kind < 3 ? .objects : kind < 5 ? .twin : kind < 8 ? .events : .readings
    let object = "\(deliveryClass)-\(entropy.next(below: deliveryClass == .objects ? 6 : 3))"
    let index = ledgers[end].nextIndex(of: object)
    lastMessage += 1
    // Objects carry versions; twins and the rest rely on ids and order alone.
    let version = deliveryClass == .objects ? index : nil
    let message = EdgeMessage(
      header: MessageHeader(
        id: "m\(lastMessage)", timestampMilliseconds: Int64(index), resourceVersion: version.map(String.init) ?? ""),
      route: MessageRoute(source: "\(deliveryClass.rawValue)", operation: .update, resource: object),
      content: MessageContent(json: Array(repeating: UInt8(ascii: "1"), count: 1 + Int(entropy.next(below: 200)))))
    let item = DeliveryItem(objectKey: object, version: version, message: message, deliveryClass: deliveryClass)
    let result = ends[end].outbox.enqueue(item)
    note("\(name(end)) enqueues \(message.id) = \(object) #\(index)\(result == .refused ? ", refused" : "")")
    if result != .refused && shape.outbox[deliveryClass].persistence == .durable {
      let entry = DeliveryLedger.Item(object: object, index: index, deliveryClass: deliveryClass)
      ends[end].unpromised.append((ends[end].outbox.newestBatch, entry))
    }
    pump(end)
  }

  private func pump(_ end: Int) {
    guard ends[end].isAlive else { return }
    if let connection = ends[end].connection {
      while case let messages = ends[end].outbox.nextToSend(now: now), !messages.isEmpty {
        for message in messages { send(message, over: connection, to: 1 - end) }
      }
    }
    if let batch = ends[end].outbox.nextWrites(now: now) { write(batch, end) }
    let sending = ends[end].connection == nil ? nil : ends[end].outbox.nextDeadline
    let deadlines = [sending, ends[end].outbox.nextWriteDeadline].compactMap { $0 }
    guard let deadline = deadlines.min(), deadline < ends[end].plannedPump ?? .seconds(1 << 30) else { return }
    ends[end].plannedPump = max(deadline, now + .microseconds(1))
    queue.plan(.pump(end: end, life: ends[end].life), at: max(deadline, now + .microseconds(1)))
  }

  /// Cuts a batch into transactions, each of which may or may not survive a crash.
  private func write(_ batch: JournalBatch, _ end: Int) {
    var rest = batch.operations[...]
    while !rest.isEmpty {
      let count = 1 + Int(entropy.next(below: 5))
      let transaction = ends[end].outboxDisk.begin(.init(operations: Array(rest.prefix(count))))
      rest = rest.dropFirst(count)
      ends[end].openWrites += 1
      queue.plan(
        .outboxWritten(end: end, life: ends[end].life, batch: batch.number, transaction: transaction),
        at: now + milliseconds(1...12))
    }
  }

  private func outboxWritten(_ end: Int, _ batch: UInt64) {
    ends[end].outbox.written(batch)
    for (number, item) in ends[end].unpromised where number <= batch { ledgers[end].promise(item) }
    ends[end].unpromised.removeAll { $0.batch <= batch }
    pump(end)
  }

  // MARK: Receiving

  private func arrive(_ message: EdgeMessage, _ connection: Int, _ end: Int) {
    guard ends[end].sessions[connection] != nil else { return }
    if let cut = connections[connection].cutAt[end], now > cut { return }
    guard message.isAnswer else {
      ends[end].arrived.append(.init(message: message, connection: connection))
      return work(end)
    }
    if message.operation == .error, isChaos && chance(20),
      let item = ends[end].outbox.rejected(parentID: message.parentID, retryAt: nil)
    {
      note("\(name(end)) gives up \(item.message.id)")
      ledgers[end].giveUp(Self.ledgerItem(item.message))
    } else if message.operation == .error {
      ends[end].outbox.rejected(parentID: message.parentID, retryAt: now + milliseconds(5...200))
    } else {
      ends[end].outbox.acknowledged(parentID: message.parentID)
    }
    pump(end)
  }

  /// One round of the receiver: what has arrived is judged, its effects and the memory of them are one transaction.
  private func work(_ end: Int) {
    guard ends[end].isAlive, !ends[end].isWorking, !ends[end].arrived.isEmpty else { return }
    let count = min(ends[end].arrived.count, 1 + Int(entropy.next(below: 8)))
    let round = ends[end].arrived.prefix(count)
    ends[end].arrived.removeFirst(count)
    var applied: [IncomingIdentity] = []
    var effects: [DeliveryLedger.Item] = []
    var answers: [(EdgeMessage, connection: Int)] = []
    for arrival in round {
      let message = arrival.message
      let identity = IncomingIdentity(message)
      var isAccepted = true
      let admission = ends[end].inbox.admit(identity, session: ends[end].sessions[arrival.connection] ?? 0)
      note("\(name(end)) judges \(Self.label(message)) from \(arrival.connection): \(admission)")
      switch admission {
      case .fenced: continue
      case .duplicate, .superseded: break
      case .heldBack: isAccepted = false
      case .apply:
        isAccepted = !(isChaos && chance(10))
        if isAccepted {
          ends[end].inbox.applied(identity)
          applied.append(identity)
          effects.append(Self.ledgerItem(message))
        } else {
          note("\(name(end)) refuses \(message.id)")
          ends[end].inbox.refused(identity, isFinal: false)
        }
      }
      let header = MessageHeader(id: "", parentID: message.id, timestampMilliseconds: 0)
      answers.append(
        (
          EdgeMessage(header: header, route: MessageRoute(operation: isAccepted ? .response : .error)),
          connection: arrival.connection
        ))
    }
    let memory = ends[end].inbox.record(applied)
    let transaction = ends[end].inboxDisk.begin(.init(operations: memory, effects: effects))
    ends[end].isWorking = true
    queue.plan(
      .inboxWritten(end: end, life: ends[end].life, transaction: transaction, answers: answers),
      at: now + (chance(5) ? milliseconds(100...900) : milliseconds(1...10)))
  }

  private static func label(_ message: EdgeMessage) -> String {
    message.isAnswer
      ? "\(message.operation) to \(message.parentID)"
      : "\(message.id) = \(message.resource) #\(message.header.timestampMilliseconds)"
  }

  private static func ledgerItem(_ message: EdgeMessage) -> DeliveryLedger.Item {
    DeliveryLedger.Item(
      object: message.resource, index: UInt64(message.header.timestampMilliseconds),
      deliveryClass: UInt8(message.route.source).flatMap { DeliveryClass(rawValue: $0) } ?? .objects)
  }

  private func took(_ effect: DeliveryLedger.Item, by end: Int) throws(DeliveryViolation) {
    if let what = ledgers[1 - end].took(effect) { throw violation("at \(name(end)): \(what)") }
  }

  // MARK: The network

  private func send(_ message: EdgeMessage, over connection: Int, to end: Int) {
    note("\(name(1 - end)) sends \(Self.label(message)) over \(connection)")
    // Now and then a line stalls, and what is on it comes after what a newer line brings.
    let delay = isChaos && chance(2) ? milliseconds(200...700) : milliseconds(5...80)
    let arrival = max(connections[connection].lastArrival[end], now + delay)
    connections[connection].lastArrival[end] = arrival
    queue.plan(.arrive(message, connection: connection, end: end), at: arrival)
  }

  /// The edge dials when it has no connection, and sometimes when it has.
  private func dial() {
    defer { queue.plan(.dial, at: now + milliseconds(60...300)) }
    guard ends[Self.edge].isAlive, ends[Self.edge].connection == nil || isChaos && chance(8) else { return }
    // A dial that takes too long is given up for the next one; it may get through nevertheless.
    guard dialled == nil || now >= dialAgainAt else { return }
    connections.append(SimulatedConnection(lastArrival: [now, now]))
    let connection = connections.count - 1
    dialled = connection
    dialAgainAt = now + milliseconds(100...600)
    report.connections += 1
    if !isPartitioned { queue.plan(.accept(connection: connection), at: now + milliseconds(5...250)) }
  }

  private func accept(_ connection: Int) {
    guard ends[Self.cloud].isAlive, !isPartitioned else { return }
    let arrival = now + milliseconds(5...250)
    // The edge hears of the acceptance before anything else.
    connections[connection].lastArrival[Self.edge] = arrival
    queue.plan(.connected(connection: connection), at: arrival)
    takeOver(connection, Self.cloud)
  }

  private func connected(_ connection: Int) {
    guard ends[Self.edge].isAlive, dialled == connection, !isPartitioned, !connections[connection].isClosed else {
      // Nobody waits for it any more; the cloud finds out by and by.
      queue.plan(.notice(connection: connection, end: Self.cloud), at: now + milliseconds(20...1500))
      if dialled == connection { dialled = nil }
      return
    }
    dialled = nil
    takeOver(connection, Self.edge)
  }

  /// The end goes on with a newer connection; the older one may still bring something for a while.
  private func takeOver(_ connection: Int, _ end: Int) {
    if let older = ends[end].connection {
      ends[end].outbox.connectionLost()
      queue.plan(.notice(connection: older, end: end), at: now + milliseconds(0...900))
      queue.plan(.notice(connection: older, end: 1 - end), at: now + milliseconds(20...800))
    }
    note("\(name(end)) goes on with connection \(connection)")
    ends[end].connection = connection
    ends[end].sessions[connection] = ends[end].inbox.beginSession()
    pump(end)
  }

  /// An end sees that a connection is over.
  private func notice(_ connection: Int, _ end: Int) {
    connections[connection].isClosed = true
    guard ends[end].sessions.removeValue(forKey: connection) != nil else { return }
    guard ends[end].connection == connection else { return }
    note("\(name(end)) sees the end of connection \(connection)")
    ends[end].connection = nil
    ends[end].outbox.connectionLost()
  }

  /// The link breaks: some of what is on it still arrives, and each end sees the end when it does.
  private func cut(_ connection: Int) {
    for end in 0...1 where connections[connection].cutAt[end] == nil {
      connections[connection].cutAt[end] = now + milliseconds(0...120)
      queue.plan(.notice(connection: connection, end: end), at: now + milliseconds(120...1500))
    }
  }

  private func partition(_ begins: Bool) {
    isPartitioned = begins
    guard begins else { return }
    for end in 0...1 { if let current = ends[end].connection { cut(current) } }
  }

  private func crash(_ end: Int) throws(DeliveryViolation) {
    guard ends[end].isAlive else { return }
    note("\(name(end)) crashes")
    report.crashes += 1
    add(end)
    // The process is gone at once, its peer learns of it when it does.
    for connection in ends[end].sessions.keys.sorted() {
      connections[connection].cutAt[end] = now
      queue.plan(.notice(connection: connection, end: 1 - end), at: now + milliseconds(0...1500))
    }
    if end == Self.edge { dialled = nil }
    for effect in ends[end].crash(entropy) { try took(effect, by: end) }
    queue.plan(.restart(end: end), at: now + milliseconds(1...800))
  }

  private func restart(_ end: Int) throws(DeliveryViolation) {
    do throws(JournalError) {
      try ends[end].restart(shape: shape)
    } catch {
      throw violation("\(error)")
    }
    pump(end)
  }
}
