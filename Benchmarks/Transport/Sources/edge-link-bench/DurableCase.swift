import EdgePrimitives
import EdgeStore
import EdgeStoreSQLite
import EdgeTransport
import EdgeTransportNIO
import EdgeTransportOutbox
import Foundation
import NIOCore
import NIOSSL
import Synchronization

/// One node that sends events to the hub over a link with a long way, durable on both ends: each is on the node's disk
/// before it leaves, and its effect (a key of the hub's store) is on the hub's disk before it is acknowledged.
enum DurableCase {
  static let roundTrip = Duration.milliseconds(100)
  /// Objects that the events are about; those of one object stay in order.
  private static let objects = 64
  /// Events that a producer hands over at once.
  private static let handful = 64
  private static let producers = 16

  // MARK: The node

  /// - Returns: what was acknowledged, by whole seconds since the start, and in the time of the run.
  static func send(
    over connection: EdgeConnection, directory: String, seconds duration: Double
  ) async throws -> (perSecond: [Int], counters: OutboxCounters, wall: Double, cpu: Double) {
    let store = try SQLiteStore.open(path: directory + "/node.db")
    let outbox = DurableOutbox(store: store, prefix: "outbox/hub/")
    let before = ProcessUsage.now()
    let began = seconds()
    var perSecond: [Int] = []
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await outbox.run() }
      tasks.addTask { try await outbox.link.serve(connection, receive: { _ in }) }
      for producer in 0..<producers {
        tasks.addTask { try await produce(into: outbox, producer: producer, until: began + duration) }
      }
      while seconds() < began + duration {
        try await Task.sleep(for: .seconds(began + Double(perSecond.count + 1) - seconds()))
        perSecond.append(outbox.link.counters.acknowledged)
      }
      tasks.cancelAll()
    }
    let wall = seconds() - began
    let counters = outbox.link.counters
    let cpu = ProcessUsage.now().cpu - before.cpu
    await store.close()
    return (perSecond, counters, wall, cpu)
  }

  private static func produce(into outbox: DurableOutbox, producer: Int, until deadline: Double) async throws {
    let entropy = SystemEntropy()
    // Each event stands for itself, so it is of no version.
    var sample = BenchMessage.make(.update)
    sample.header.resourceVersion = ""
    var count = 0
    while seconds() < deadline, !Task.isCancelled {
      let items = (0..<handful).map { _ in
        count += 1
        let object = (producer + count * producers) % objects
        var message = sample
        message.header.id = UniqueID(from: entropy).rawValue
        message.route.resource = "default/event/web-\(object)"
        return DeliveryItem(
          objectKey: message.route.resource, version: nil, message: message, deliveryClass: .events)
      }
      do { try await outbox.enqueue(contentsOf: items) } catch is CancellationError { return }
    }
  }

  // MARK: The hub

  /// Serves one connection after the other until cancelled.
  static func receive(
    _ store: SQLiteStore, _ connections: AsyncStream<HubConnection>
  ) async throws {
    let receiver = DeliveryReceiver(store: store, prefix: "inbox/node/") { message in
      .commit([.put(StoreKey("events/\(message.route.resource)/\(message.id)"), message.content.bytes)])
    }
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await receiver.run() }
      tasks.addTask {
        for await connection in connections {
          // The node leaves as it likes.
          try? await MessageLink().serve(connection, receiver: receiver)
        }
      }
      try await tasks.next()
      tasks.cancelAll()
    }
  }
}
