import EdgePrimitives
import EdgeTransport

/// One process of a simulation, its disk, and what its producers were told.
final class SimulatedEnd {
  struct Arrival {
    let message: EdgeMessage
    let connection: Int
  }

  var isAlive = true
  /// Counts lives; what an earlier life planned is void.
  var life = 0
  var outbox: Outbox
  var inbox: Inbox
  var outboxDisk = SimulatedDisk<Never>()
  var inboxDisk = SimulatedDisk<DeliveryLedger.Item>()
  /// The connection it sends on.
  var connection: Int?
  /// The connections it still reads, and their sessions.
  var sessions: [Int: UInt64] = [:]
  var arrived: [Arrival] = []
  var isWorking = false
  /// Enqueued items by the batch that makes them durable.
  var unpromised: [(batch: UInt64, item: DeliveryLedger.Item)] = []
  /// Transactions of the outbox's batch that are under way.
  var openWrites = 0
  var plannedPump: Duration?
  var counters = OutboxCounters()
  var inboxCounters = InboxCounters()

  init(shape: DeliverySimulation.Shape) {
    outbox = Outbox(configuration: shape.outbox, isJournaled: true)
    outbox.restore(OutboxRecords())
    inbox = Inbox(configuration: shape.inbox)
  }

  /// The process dies. Returns the effects that a crash let through.
  func crash(_ entropy: SeededEntropy) -> [DeliveryLedger.Item] {
    isAlive = false
    life += 1
    connection = nil
    sessions = [:]
    arrived = []
    isWorking = false
    unpromised = []
    openWrites = 0
    plannedPump = nil
    _ = outboxDisk.crash(entropy)
    return inboxDisk.crash(entropy)
  }

  func restart(shape: DeliverySimulation.Shape) throws(JournalError) {
    isAlive = true
    outbox = Outbox(configuration: shape.outbox, isJournaled: true)
    inbox = Inbox(configuration: shape.inbox)
    var items = OutboxRecords()
    for record in outboxDisk.records { try items.read(key: record.key, value: record.value) }
    outbox.restore(items)
    var memory: [InboxRecord] = []
    for record in inboxDisk.records { memory.append(try InboxRecord(key: record.key, value: record.value)) }
    inbox.restore(memory)
  }
}

/// One connection of a simulation, as the network sees it.
struct SimulatedConnection {
  /// By the receiving end: when the last message sent so far arrives. The order of one connection is kept.
  var lastArrival: [Duration]
  /// By the receiving end: nothing arrives after this.
  var cutAt: [Duration?] = [nil, nil]
  /// One of the ends has seen its end; it cannot begin at the other any more.
  var isClosed = false
}
