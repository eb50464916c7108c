#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAPIServer
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeStore
import EdgeTestKit
import EdgeTransport
import EdgeTransportOutbox
import Synchronization

@testable import EdgeControlPlane
@testable import EdgeNodeAgent

/// A whole cloud and a whole node, as far as the link is concerned, in virtual time: `NodeHub`, `ClusterView`, the registry
/// and its store on one side; `CloudSession`, `DeliveryReceiver`, `DurableOutbox` and the cache on the other; between them
/// a network that breaks and stands still; and both processes die, each transaction under way then being on the disk or not.
///
/// Objects change, commands are sent and reports are made all the while. In the end the network is well, and then:
/// the node holds what it should; every command that was promised took effect once, in the order of its resource; the newest
/// report that was promised has reached the registry; and nothing ever went back.
final class HubSimulation: Sendable {
  struct Outcome: Hashable, Sendable {
    var crashes = 0
    var breaks = 0
    var partitions = 0
    var commands = 0
    var reports = 0
    var changes = 0
    var applied = 0
    var endedAt = Duration.zero

    static func += (left: inout Outcome, right: Outcome) {
      left.crashes += right.crashes
      left.breaks += right.breaks
      left.partitions += right.partitions
      left.commands += right.commands
      left.reports += right.reports
      left.changes += right.changes
      left.applied += right.applied
      left.endedAt = max(left.endedAt, right.endedAt)
    }
  }

  struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
    let seed: UInt64
    let what: String
    var description: String { "seed \(seed): \(what)" }
  }

  /// One life of the cloud.
  private struct Cloud: Sendable {
    let store: CrashingStore
    let registry: ObjectRegistry
    let view: ClusterView
    let hub: NodeHub
  }

  private struct State {
    var cloud: Cloud?
    var node: FarNode?
    var links: [SimulatedLink] = []
    var current: SimulatedLink?
    var isChaos = true
    var promised: [String: [Int]] = [:]
    var promisedReport = 0
    var seenReport = 0
    var newest: [String: UInt64] = [:]
    var outcome = Outcome()
    var problem: String?
  }

  private let seed: UInt64
  private let clock = VirtualClock()
  private let executor = SimulationExecutor()
  private let links: SimulatedLinks
  private let cloudDisk = MemoryStore()
  private let nodeDisk = MemoryStore()
  private let state = Mutex(State())
  private let name: NodeName
  private let trace: (@Sendable (String) -> Void)?

  static func run(seed: UInt64, trace: (@Sendable (String) -> Void)? = nil) throws -> Outcome {
    try HubSimulation(seed: seed, trace: trace).run()
  }

  private init(seed: UInt64, trace: (@Sendable (String) -> Void)?) throws {
    self.seed = seed
    self.trace = trace
    name = try NodeName("edge-1")
    var faults = SimulatedNetwork.Faults()
    faults.breaks = 25
    faults.halfOpen = 40
    faults.partitions = 4
    links = SimulatedLinks(seed: seed, faults: faults, clock: clock)
  }

  private func note(_ what: @autoclosure () -> String) { trace?("\(clock.elapsed)  \(what())") }

  private func dice(_ number: UInt64) -> SeededEntropy { SeededEntropy(seed: seed &* 31 &+ number) }

  private func run() throws -> Outcome {
    let end = Mutex<Result<Void, any Error>?>(nil)
    let task = Task(executorPreference: executor) {
      do {
        try await self.story()
        end.withLock { $0 = .success(()) }
      } catch {
        end.withLock { $0 = .failure(error) }
      }
    }
    defer { task.cancel() }
    while true {
      executor.drain()
      if let end = end.withLock({ $0 }) {
        task.cancel()
        executor.drain()
        try end.get()
        break
      }
      guard clock.elapsed < .seconds(600) else {
        throw Violation(seed: seed, what: "it does not come to rest")
      }
      links.step()
    }
    return state.withLock { state in
      state.outcome.endedAt = clock.elapsed
      (state.outcome.breaks, state.outcome.partitions) = links.faultCounts
      return state.outcome
    }
  }

  private func story() async throws {
    let registry = ObjectRegistry(store: cloudDisk)
    try await registry.create(Sample.node("edge-1"))
    let pod = try await registry.create(Sample.pod("reporting", node: "edge-1"))
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.cloudLives() }
      group.addTask { await self.nodeLives() }
      let work = Task(executorPreference: executor) {
        await withDiscardingTaskGroup { work in
          work.addTask { await self.changeObjects() }
          for resource in 0..<3 { work.addTask { await self.command("line-\(resource)", resource) } }
          work.addTask { await self.report(pod) }
        }
      }
      await work.value
      state.withLock { $0.isChaos = false }
      links.heal()
      note("the network is well")
      // Both ends may be dead at this moment; they come back by themselves.
      try? await clock.sleep(for: .seconds(5))
      while clock.elapsed < .seconds(500), await !isQuiet() { try? await clock.sleep(for: .milliseconds(500)) }
      group.cancelAll()
    }
    try await judge()
  }

  // MARK: Lives

  private func cloudLives() async {
    let dice = dice(1)
    while !Task.isCancelled {
      let store = CrashingStore(
        cloudDisk, latency: .microseconds(200)...(.milliseconds(8)), entropy: dice, clock: clock)
      let registry = ObjectRegistry(store: store)
      let view = ClusterView(source: registry, logger: quiet)
      let hub = NodeHub(
        registry: registry, view: view, store: store, entropy: dice, wallClock: clock.wallClock, clock: clock,
        logger: quiet)
      let observer = view.observe { change in self.seen(change) }
      defer { view.removeObserver(observer) }
      await life(dice) {
        await withDiscardingTaskGroup { group in
          group.addTask { await view.run() }
          try? await hub.prepare()
          self.note("the cloud is up")
          self.state.withLock { $0.cloud = Cloud(store: store, registry: registry, view: view, hub: hub) }
          await hub.run()
          group.cancelAll()
        }
      } dies: {
        let cut = self.state.withLock { state in
          state.cloud = nil
          defer { (state.links, state.current) = ([], nil) }
          return state.links
        }
        for link in cut { self.links.crash(link) }
        await store.crash()
        self.note("the cloud died")
      }
    }
  }

  private func nodeLives() async {
    let dice = dice(2)
    while !Task.isCancelled {
      let store = CrashingStore(nodeDisk, latency: .microseconds(200)...(.milliseconds(8)), entropy: dice, clock: clock)
      guard
        let node = try? await FarNode(
          "edge-1", store: store, clock: clock, entropy: dice, wallClock: clock.wallClock,
          applied: { self.applied($0) })
      else { continue }
      state.withLock { $0.node = node }
      note("the node is up")
      await life(dice) {
        await withDiscardingTaskGroup { group in
          group.addTask { await node.run() }
          await self.keepConnected(node, dice)
          group.cancelAll()
        }
      } dies: {
        self.state.withLock { $0.node = nil }
        await store.crash()
        self.note("the node died")
      }
    }
  }

  /// Lives until the dice or the end of the simulation end it, and rests for a while.
  private func life(
    _ dice: SeededEntropy, _ body: @escaping @Sendable () async -> Void, dies: @escaping @Sendable () async -> Void
  ) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await body() }
      let span = Duration.milliseconds(300 + Int64(dice.next(below: 4000)))
      try? await clock.sleep(for: span)
      // In peace nobody dies.
      if !state.withLock({ $0.isChaos }) { await group.next() }
      await dies()
      state.withLock { $0.outcome.crashes += $0.isChaos ? 1 : 0 }
      group.cancelAll()
    }
    try? await clock.sleep(for: .milliseconds(1 + Int64(dice.next(below: 900))))
  }

  private func keepConnected(_ node: FarNode, _ dice: SeededEntropy) async {
    while !Task.isCancelled {
      let (cloud, link) = state.withLock { state in (state.cloud, state.cloud == nil ? nil : links.connect()) }
      if let cloud, let link {
        await withTaskGroup(of: Void.self) { group in
          group.addTask { await self.accept(link.server, cloud) }
          try? await node.session.run(over: NotedLink(base: link.client) { self.note("node sends \($0)") })
          // A process that dies says nothing to its peer.
          if Task.isCancelled { links.crash(link.client) } else { await link.client.close() }
        }
      }
      try? await clock.sleep(for: .milliseconds(20 + Int64(dice.next(below: 300))))
    }
  }

  /// The hub's end, which lives with the cloud, not with the node. A newer connection of the node closes the older one.
  private func accept(_ server: SimulatedLink, _ cloud: Cloud) async {
    let older = state.withLock { state in
      defer {
        state.links.append(server)
        state.current = server
      }
      return state.current
    }
    await older?.close()
    // It ends with its connection, which the death of the cloud ends too.
    Task(executorPreference: executor) { [name] in
      await cloud.hub.serve(NotedLink(base: server) { self.note("cloud sends \($0)") }, of: name)
      self.note("a session of the cloud is over")
    }
  }

  // MARK: Work

  private func changeObjects() async {
    let dice = dice(3)
    for _ in 0..<40 {
      try? await clock.sleep(for: .milliseconds(10 + Int64(dice.next(below: 250))))
      let name = "object-\(dice.next(below: 4))"
      let value = "\(dice.next(below: 1000))"
      let key = Sample.key(.services, name)
      guard let registry = state.withLock({ $0.cloud?.registry }) else { continue }
      do {
        switch dice.next(below: 4) {
        case 0: try await registry.delete(key)
        case 1: _ = try await registry.create(Sample.service(name, selecting: value))
        default:
          do {
            _ = try await registry.mutate(key) { service in
              service["spec", "selector"] = ["app": .string(value)]
              return true
            }
          } catch {
            _ = try await registry.create(Sample.service(name, selecting: value))
          }
        }
        state.withLock { $0.outcome.changes += 1 }
      } catch {
        // Not there, there already, or the cloud died: the dice go on.
      }
    }
  }

  private func command(_ resource: String, _ number: Int) async {
    let dice = dice(10 + UInt64(number))
    for index in 1...15 {
      try? await clock.sleep(for: .milliseconds(10 + Int64(dice.next(below: 500))))
      guard let hub = state.withLock({ $0.cloud?.hub }) else { continue }
      let message = EdgeMessage.command(resource, "\(1000 + index)", entropy: dice)
      guard let dispatch = try? await hub.send(message, to: name) else { continue }
      switch dispatch.outcomes[name] {
      case .waiting, .delivered:
        note("promised \(resource) \(index)")
        state.withLock { state in
          state.promised[resource, default: []].append(index)
          state.outcome.commands += 1
        }
      default: break
      }
    }
  }

  private func report(_ pod: UnstructuredObject) async {
    let dice = dice(4)
    for index in 1...40 {
      try? await clock.sleep(for: .milliseconds(10 + Int64(dice.next(below: 250))))
      guard let outbox = state.withLock({ $0.node?.outbox }) else { continue }
      let patch: JSONValue = [
        "metadata": ["uid": .string(pod.metadata.uid ?? "")], "status": ["message": .string("\(index)")],
      ]
      let message = EdgeMessage(
        id: UniqueID(from: dice), timestamp: clock.wallClock.now(), source: "edged", group: "meta", operation: .patch,
        resource: "default/podpatch/reporting", content: MessageContent(text: patch.text))
      let item = DeliveryItem(objectKey: "pod/reporting", version: nil, message: message)
      guard let result = try? await outbox.enqueue(item), result != .refused else { continue }
      state.withLock { state in
        state.promisedReport = index
        state.outcome.reports += 1
      }
    }
  }

  // MARK: Judging

  /// The cloud's view shows a change.
  private func seen(_ change: ClusterView.Change) {
    guard change.key == Sample.key(.pods, "reporting"),
      let report = change.new?["status", "message"]?.stringValue.flatMap({ Int($0) })
    else { return }
    state.withLock { state in
      // A view that lists anew begins with what is there.
      if report < state.seenReport { state.problem = "report \(report) came after \(state.seenReport)" }
      state.seenReport = max(report, state.seenReport)
    }
  }

  /// The node has taken in a change of an object.
  private func applied(_ message: EdgeMessage) {
    state.withLock { state in
      state.outcome.applied += 1
      guard let version = UInt64(message.header.resourceVersion), message.operation != .delete else { return }
      if version < state.newest[message.resource] ?? 0 {
        state.problem = "\(message.resource) went back from \(state.newest[message.resource] ?? 0) to \(version)"
      }
      state.newest[message.resource] = version
    }
    note("applied \(message.operation) \(message.resource) \(message.header.resourceVersion)")
  }

  private func isQuiet() async -> Bool {
    let (cloud, node) = state.withLock { ($0.cloud, $0.node) }
    guard let cloud, let node else { return false }
    let wanted = NodeDemand(node: name, view: cloud.view).all().mapValues { ObjectDigest(of: $0) }
    let status = await cloud.hub.status()
    return status.pending == 0 && node.outbox.link.pendingCount == 0 && node.cache.inventory().entries == wanted
  }

  private func judge() async throws {
    let (promised, report, problem) = state.withLock { ($0.promised, $0.promisedReport, $0.problem) }
    func check(_ isTrue: Bool, _ what: @autoclosure () -> String) throws {
      if !isTrue { throw Violation(seed: seed, what: what()) }
    }
    try check(problem == nil, problem ?? "")
    try check(clock.elapsed < .seconds(500), "the node never came to hold what it should")
    let effects = try await FarNode.effects(in: nodeDisk)
    var done: [String: [Int]] = [:]
    for (effect, count) in effects {
      try check(count == 1, "\(effect) took effect \(count) times")
      let parts = effect.split(separator: "/")
      done[String(parts[0]), default: []].append((Int(parts[1]) ?? 0) - 1000)
    }
    for (resource, indexes) in done {
      try check(indexes == indexes.sorted(), "\(resource) took effect as \(indexes)")
    }
    for (resource, indexes) in promised {
      let missing = Set(indexes).subtracting(done[resource] ?? [])
      try check(missing.isEmpty, "\(resource) \(missing.sorted()) never took effect")
    }
    let stored = try await ObjectRegistry(store: cloudDisk).get(Sample.key(.pods, "reporting"))
    let last = stored["status", "message"]?.stringValue.flatMap { Int($0) } ?? 0
    try check(last >= report, "the registry has report \(last), promised was \(report)")
  }
}

/// Tells of what is sent.
private struct NotedLink: MessageConnection {
  let base: SimulatedLink
  let note: @Sendable (String) -> Void

  var inbound: InboundMessages { base.inbound }

  func send(_ message: EdgeMessage) async throws(TransportError) {
    note(
      "\(message.operation) \(message.resource) \(message.content.stringValue ?? "") id \(message.id) for \(message.parentID)"
    )
    try await base.send(message)
  }

  func close() async { await base.close() }
}
#endif
