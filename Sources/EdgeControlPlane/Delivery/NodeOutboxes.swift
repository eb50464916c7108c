#if Networking
import EdgePrimitives
import EdgeStore
import EdgeTransport
import EdgeTransportNIO
import EdgeTransportOutbox
import Logging
import Metrics
import Synchronization

/// One node's durable outbox while somebody uses it.
final class NodeOutbox: Sendable {
  let node: NodeName
  let outbox: DurableOutbox
  /// One session of a node at a time serves its link: a newer one waits until the older one, whose connection is closed
  /// by then, has let go (FF-02).
  let turn = SessionTurn()

  init(node: NodeName, outbox: DurableOutbox) {
    self.node = node
    self.outbox = outbox
  }

  var link: MessageLink { outbox.link }
}

/// The outboxes of all nodes over one store, each under its own prefix.
///
/// In memory are those that a session or a sender uses, and for a moment longer; all others are on the disk alone, so that
/// ten thousand absent nodes cost nothing. The table is bounded by the sessions and the senders.
final class NodeOutboxes: Sendable {
  private struct Entry {
    let outbox: NodeOutbox
    var users = 0
    var isWritten = false
  }

  private let store: any MVCCStore
  private let configuration: MessageLink.Configuration
  private let time: LinkTime
  private let logger: Logger
  private let entries = Mutex<[NodeName: Entry]>([:])
  private let started = CoalescingQueue<NodeName>()
  private let unused = CoalescingQueue<NodeName>()

  init(store: any MVCCStore, configuration: MessageLink.Configuration, time: LinkTime, logger: Logger) {
    self.store = store
    self.configuration = configuration
    self.time = time
    self.logger = logger
  }

  private static let prefix = "transport/outbox/"

  /// Hands out the node's outbox for the time of `body`.
  func use<Result>(_ node: NodeName, _ body: (NodeOutbox) async throws -> Result) async rethrows -> Result {
    let (outbox, isNew) = entries.withLock { entries in
      var entry = entries[node] ?? Entry(outbox: make(node))
      entry.users += 1
      entries[node] = entry
      return (entry.outbox, !entry.isWritten)
    }
    if isNew { started.add(node) }
    defer {
      let isUnused = entries.withLock { entries in
        guard entries[node]?.outbox === outbox else { return false }
        entries[node]?.users -= 1
        return entries[node]?.users == 0
      }
      if isUnused { unused.add(node) }
    }
    return try await body(outbox)
  }

  private func make(_ node: NodeName) -> NodeOutbox {
    NodeOutbox(
      node: node,
      outbox: DurableOutbox(
        store: store, prefix: StoreKey("\(Self.prefix)\(node)/"), configuration: configuration, clock: time.clock))
  }

  /// The outboxes in memory.
  var loaded: [NodeOutbox] { entries.withLock { $0.values.map(\.outbox) } }
  func loaded(_ node: NodeName) -> NodeOutbox? { entries.withLock { $0[node]?.outbox } }

  /// The nodes for which something is on the disk; one small read for each.
  func stored() async throws(StoreError) -> [NodeName] {
    var nodes: [NodeName] = []
    var start = StoreKey(Self.prefix)
    let end = KeyRange.prefix(StoreKey(Self.prefix)).end
    while true {
      let first = try await store.range(RangeRequest(.from(start, until: end), limit: 1, keysOnly: true))
      guard let key = first.kvs.first?.key else { return nodes }
      let name = key.bytes.dropFirst(Self.prefix.utf8.count).prefix { $0 != UInt8(ascii: "/") }
      if let node = try? NodeName(String(decoding: name, as: UTF8.self)) { nodes.append(node) }
      // "0" follows "/": behind all keys of this node.
      start = StoreKey(Array(Self.prefix.utf8) + name + [UInt8(ascii: "0")])
    }
  }

  /// Writes the journals, until the task is cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.retireUnused() }
      while let nodes = await started.next() {
        for node in nodes {
          let outbox = entries.withLock { entries -> DurableOutbox? in
            guard let entry = entries[node], !entry.isWritten else { return nil }
            entries[node]?.isWritten = true
            return entry.outbox.outbox
          }
          if let outbox { group.addTask { await self.write(outbox, of: node) } }
        }
      }
      group.cancelAll()
    }
  }

  private func write(_ outbox: DurableOutbox, of node: NodeName) async {
    do throws(StoreError) {
      // What fails here fails in `run` as well, which tells everybody who waits for the disk.
      if let found = try? await outbox.restore(), !found.unreadable.isEmpty {
        logger.error(
          "messages for a node cannot be read; they are left where they are",
          metadata: HubEvent.damaged.metadata(["node": "\(node)", "count": "\(found.unreadable.count)"]))
      }
      try await outbox.run()
    } catch {
      // Who uses it gets the same error; the next one tries anew.
      Counter(label: "edge_hub_outbox_failures_total").increment()
      logger.error(
        "messages for a node cannot be stored",
        metadata: HubEvent.storeFailed.metadata(["node": "\(node)", "error": "\(error)"]))
      entries.withLock { entries in
        if entries[node]?.outbox.outbox === outbox { entries[node] = nil }
      }
    }
  }

  /// Lets go of outboxes that nobody has used for a while.
  private func retireUnused() async {
    while let nodes = await unused.next() {
      do { try await time.sleep(for: .seconds(2)) } catch { return }
      for node in nodes {
        let retired = entries.withLock { entries -> NodeOutbox? in
          guard let entry = entries[node], entry.users == 0 else { return nil }
          // A successor that reads while something is being written would know less than the disk.
          guard entry.outbox.link.isJournalQuiet else {
            unused.add(node)
            return nil
          }
          entries[node] = nil
          return entry.outbox
        }
        retired?.outbox.stop()
      }
    }
  }
}

/// A place that one holds at a time; those who wait get it in the order they came.
final class SessionTurn: Sendable {
  private struct State {
    var isTaken = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func take() async {
    await withCheckedContinuation { continuation in
      let isMine = state.withLock { state in
        if state.isTaken { state.waiting.append(continuation) }
        defer { state.isTaken = true }
        return !state.isTaken
      }
      if isMine { continuation.resume() }
    }
  }

  func release() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
      state.isTaken = false
      return nil
    }
    next?.resume()
  }
}
#endif
