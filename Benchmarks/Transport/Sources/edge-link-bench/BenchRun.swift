import EdgeIdentity
import EdgePrimitives
import EdgeStore
import EdgeStoreSQLite
import EdgeTransportNIO
import Foundation
import NIOCore
import Synchronization

/// The hub's process: starts the clients' process for each case and prints the table.
struct BenchRun {
  private let options: Options
  private let directory: String
  private let seconds: Int
  private let nodes: Int

  init(_ options: Options) {
    self.options = options
    seconds = options.number("seconds", default: 4)
    nodes = options.number("nodes", default: 10_000)
    directory = NSTemporaryDirectory() + "edge-link-bench-\(getpid())"
  }

  /// The case that is asked for; without one all, each in a process of its own, since memory that one has used would count for
  /// the next.
  func all() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    raiseFileLimit()
    let cases: [(String, () async throws -> Void)] = [
      ("one-way", oneWay), ("round-trip", roundTrip), ("durable", durable), ("idle", idle),
      ("reconnect", reconnect),
    ]
    for (name, run) in cases {
      switch options.text("only") {
      case name: try await run()
      case .none: try runAlone(name)
      case .some: break
      }
    }
  }

  private func runAlone(_ name: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["run", "--only", name, "--seconds", "\(seconds)", "--nodes", "\(nodes)"] + poll
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw BenchFailure("\(name) failed") }
  }

  /// Ten thousand sockets need more descriptors than the usual 1024.
  private func raiseFileLimit() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  private var identities: BenchIdentities { BenchIdentities(directory: directory) }

  private func oneWay() async throws {
    for connections in [64] {
      let plain = PlainCount()
      let channel = try await PlainWebSocket.serve(identities.hubTLS(), counting: plain)
      let base = try await throughput("one-way-plain", channel.localAddress?.port ?? 0, connections) {
        plain.value.load(ordering: .relaxed)
      }
      try await channel.close()
      let hub = BenchHub(timing: options.timing)
      try await hub.serve(identities.hubTLS()) { [self] port in
        let own = try await throughput("one-way", port, connections) { hub.received.load(ordering: .relaxed) }
        say("x baseline: \(fixed(base / own, 2)) less CPU per message")
      }
      for kind in FrameKind.allCases {
        let hub = FrameBenchHub()
        try await hub.serve(kind, identities) { [self] port in
          let framed = try await throughput("one-way-\(kind.rawValue)", port, connections) {
            hub.received.load(ordering: .relaxed)
          }
          say("x baseline: \(fixed(base / framed, 2)) less CPU per message")
        }
      }
    }
  }

  /// CPU per message of both processes together, in microseconds.
  private func throughput(
    _ name: String, _ port: Int, _ connections: Int, received: () -> Int
  ) async throws -> Double {
    let clients = try ClientProcess(
      name, ["--port", "\(port)", "--connections", "\(connections)", "--seconds", "\(seconds)"] + poll, identities)
    try await clients.ready()
    let (before, began) = (ProcessUsage.now(), edge_link_bench.seconds())
    clients.go()
    let result = try await clients.result()
    // What was sent last is still on its way.
    while received() < Int(result["sent"] ?? 0), edge_link_bench.seconds() - began < Double(seconds) + 5 {
      try await Task.sleep(for: .milliseconds(5))
    }
    let wall = edge_link_bench.seconds() - began
    let hubCPU = ProcessUsage.now().cpu - before.cpu
    let count = Double(received())
    let total = (hubCPU + (result["cpu"] ?? 0)) / count * 1e6
    say(
      "\(name): \(connections) connections, 1 KiB, mTLS: \(fixed(count / wall / 1000, 0))k msg/s, CPU per message "
        + "\(fixed(total, 2)) us both ends (hub \(fixed(hubCPU / count * 1e6, 2)), clients "
        + "\(fixed((result["cpu"] ?? 0) / count * 1e6, 2)))")
    clients.end()
    return total
  }

  /// What the other process must know.
  private var poll: [String] { options.text("poll").map { ["--poll", $0] } ?? [] }

  private func roundTrip() async throws {
    let channel = try await PlainWebSocket.serve(identities.hubTLS(), counting: PlainCount())
    try await trip("round-trip-plain", channel.localAddress?.port ?? 0)
    try await channel.close()
    try await BenchHub(timing: options.timing).serve(identities.hubTLS()) { [self] port in
      try await trip("round-trip", port)
    }
    try await BenchHub(.eventLoop, timing: options.timing).serve(identities.hubTLS()) { [self] port in
      try await trip("round-trip-loop", port)
    }
  }

  private func trip(_ name: String, _ port: Int) async throws {
    let clients = try ClientProcess(name, ["--port", "\(port)"] + poll, identities)
    try await clients.ready()
    let before = ProcessUsage.now()
    clients.go()
    let result = try await clients.result()
    say(
      "\(name): 1 connection, 1 KiB: p50 \(fixed((result["p50"] ?? 0) * 1e6, 0)) us, p99 "
        + "\(fixed((result["p99"] ?? 0) * 1e6, 0)) us, CPU per round trip: hub "
        + "\(fixed((ProcessUsage.now().cpu - before.cpu) / Double(BenchClients.rounds) * 1e6, 0)) us, client "
        + "\(fixed((result["cpu"] ?? 0) * 1e6, 0)) us")
    clients.end()
  }

  /// One node's events over a round trip of 100 ms, durable on both ends.
  private func durable() async throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    // As `edge-store` has it: with a log of 4 MiB it would be folded in seven times a second.
    let store = try SQLiteStore.open(
      path: directory + "/hub.db", configuration: SQLiteStoreConfiguration(checkpointBytes: 16 << 20))
    let (connections, arrival) = AsyncStream<HubConnection>.makeStream()
    let hub = BenchHub(
      timing: options.timing,
      session: { connection in
        arrival.yield(connection)
        // The connection ends with this call; it is served elsewhere.
        try? await Task.sleep(for: .seconds(3600))
      })
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await DurableCase.receive(store, connections) }
      tasks.addTask {
        try await hub.serve(identities.hubTLS()) { [self] port in try await deliver(port, into: store) }
      }
      try await tasks.next()
      tasks.cancelAll()
    }
    await store.close()
  }

  private func deliver(_ port: Int, into store: SQLiteStore) async throws {
    let clients = try ClientProcess("durable", ["--port", "\(port)", "--seconds", "\(seconds)"], identities)
    try await clients.ready()
    let before = ProcessUsage.now()
    clients.go()
    let result = try await clients.result()
    let hubCPU = ProcessUsage.now().cpu - before.cpu
    let acknowledged = result["acknowledged"] ?? 0
    let perSecond = (0..<seconds).compactMap { result["second\($0)"] }
    let steady = ((perSecond.last ?? 0) - (perSecond.first ?? 0)) / Double(max(1, perSecond.count - 1))
    let rates = zip(perSecond, [0] + perSecond).map { fixed(($0 - $1) / 1000, 1) }
    let held = try await store.range(RangeRequest(.prefix("events/"), countOnly: true)).count
    say(
      "durable: 1 node, 1 KiB, mTLS, round trip 100 ms, on the disk before it leaves and before it is acknowledged: "
        + "\(fixed(steady / 1000, 1))k msg/s after the first second, in which the window grows "
        + "(\(fixed(acknowledged / (result["wall"] ?? 1) / 1000, 1))k over all \(seconds) s), "
        + "by seconds \(rates.joined(separator: ", "))k; \(Int(result["retransmitted"] ?? 0)) sent twice; "
        + "\(Int(acknowledged)) acknowledged, \(held) in the hub's store; CPU per message: hub "
        + "\(fixed(hubCPU / acknowledged * 1e6, 1)) us, node with the relay "
        + "\(fixed((result["cpu"] ?? 0) / acknowledged * 1e6, 1)) us")
    if held < Int(acknowledged) { throw BenchFailure("the hub has lost what it acknowledged") }
    clients.end()
  }

  private func idle() async throws {
    try await BenchHub(timing: options.timing).serve(identities.hubTLS()) { [self] port in
      let before = ProcessUsage.now()
      let clients = try ClientProcess("idle", ["--port", "\(port)", "--connections", "\(nodes)"], identities)
      try await clients.ready(within: 600)
      // Sessions give memory back when they have been quiet for up to two seconds.
      try await Task.sleep(for: .seconds(3))
      let after = ProcessUsage.now()
      say(
        "idle: \(nodes) nodes connected: hub \(after.resident / 1_000_000) MB resident "
          + "(\(after.fileBacked / 1_000_000) MB of it the program and its libraries), "
          + "\((after.resident - before.resident) / max(1, nodes)) bytes a node, CPU per connect "
          + "\(fixed((after.cpu - before.cpu) / Double(nodes) * 1e6, 0)) us")
      clients.end()
    }
  }

  private func reconnect() async throws {
    try await BenchHub(timing: options.timing).serve(identities.hubTLS()) { port in
      let clients = try ClientProcess("reconnect", ["--port", "\(port)", "--connections", "1000"], identities)
      try await clients.ready()
      let before = ProcessUsage.now()
      clients.go()
      let result = try await clients.result()
      let cpu = ProcessUsage.now().cpu - before.cpu
      say(
        "reconnect: 1000 nodes at once, connected and served in \(fixed(result["seconds"] ?? 0, 2)) s, "
          + "\(Int(result["failures"] ?? -1)) failures; CPU per node: hub \(fixed(cpu * 1000, 0)) us, clients "
          + "\(fixed((result["cpu"] ?? 0) * 1000, 0)) us")
      clients.end()
    }
  }
}

func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

/// The second process of a case.
final class ClientProcess: Sendable {
  private let process: Process
  private let input: FileHandle
  private let lines: AsyncStream<String>

  init(_ name: String, _ arguments: [String], _ identities: BenchIdentities) throws {
    let (output, input) = (Pipe(), Pipe())
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["clients", "--case", name, "--identities", identities.directory] + arguments
    process.standardOutput = output
    process.standardInput = input
    let (lines, continuation) = AsyncStream<String>.makeStream()
    let partial = Mutex("")
    output.fileHandleForReading.readabilityHandler = { handle in
      let data = handle.availableData
      if data.isEmpty { return continuation.finish() }
      let whole = partial.withLock { partial in
        partial += String(decoding: data, as: UTF8.self)
        var lines = partial.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        partial = lines.removeLast()
        return lines
      }
      for line in whole { continuation.yield(line) }
    }
    try process.run()
    self.process = process
    self.input = input.fileHandleForWriting
    self.lines = lines
  }

  func ready(within seconds: Double = 60) async throws {
    for await line in lines {
      if line == "ready" { return }
      say("clients: \(line)")
    }
    throw BenchFailure("the clients' process ended")
  }

  func go() { try? input.write(contentsOf: Data("go\n".utf8)) }

  func result() async throws -> [String: Double] {
    for await line in lines {
      guard line.hasPrefix("result ") else {
        if line != "ready" { say("clients: \(line)") }
        continue
      }
      return Dictionary(
        line.split(separator: " ").dropFirst().compactMap { word in
          let parts = word.split(separator: "=")
          return parts.count == 2 ? Double(parts[1]).map { (String(parts[0]), $0) } : nil
        }, uniquingKeysWith: { $1 })
    }
    throw BenchFailure("the clients' process ended")
  }

  func end() {
    process.terminate()
    process.waitUntilExit()
  }
}
