import EdgeIdentity
import EdgePrimitives
import EdgeTransport
import EdgeTransportNIO
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The clients' process. It says `ready` when its connections stand, waits for a line, does its part and says what it
/// measured as `name=number` words.
struct BenchClients {
  private let kind: String
  private let port: Int
  private let count: Int
  private let duration: Double
  private let timing: WebSocketTiming
  private let identities: BenchIdentities
  private let tls: NIOSSLContext
  private let group = MultiThreadedEventLoopGroup.singleton

  init(_ options: Options) throws {
    kind = options.text("case") ?? ""
    port = options.number("port", default: 0)
    count = options.number("connections", default: 1)
    duration = Double(options.number("seconds", default: 2))
    timing = options.timing
    identities = BenchIdentities(directory: options.text("identities") ?? ".")
    tls = try identities.edgeTLS()
  }

  func run() async throws {
    switch kind {
    case "one-way": try await oneWay()
    case "one-way-plain": try await plainOneWay()
    case "one-way-frames-websocket": try await framedOneWay(.webSocket)
    case "one-way-frames-tls": try await framedOneWay(.tls)
    case "round-trip": try await roundTrip(try await connect(0))
    case "round-trip-loop":
      let connection = try await connect(0)
      try await withTaskExecutorPreference(connection.webSocket.eventLoopExecutor) { try await roundTrip(connection) }
    case "round-trip-plain": try await plainRoundTrip()
    case "idle": try await idle()
    case "reconnect": try await reconnect()
    case "durable": try await durable()
    default: throw BenchFailure("no such case: \(kind)")
    }
  }

  // MARK: One way

  private func oneWay() async throws { try await oneWay(over: try await connectAll()) }

  private func framedOneWay(_ kind: FrameKind) async throws {
    let frameTLS = try identities.frameClientTLS()
    var connections: [FrameBenchConnection] = []
    for index in 0..<count {
      connections.append(
        try await FrameBenchConnection.connect(
          kind, port: port, index: index, hubTLS: tls, frameTLS: frameTLS))
    }
    try await oneWay(over: connections.map(\.messages))
  }

  private func oneWay(over connections: [some MessageConnection]) async throws {
    waitForGo()
    let before = ProcessUsage.now()
    let deadline = seconds() + duration
    let sent = PlainCount()
    await withDiscardingTaskGroup { tasks in
      for connection in connections {
        tasks.addTask {
          let message = BenchMessage.make(.update)
          var count = 0
          do throws(TransportError) {
            while count % 64 != 0 || seconds() < deadline {
              try await connection.send(message)
              count += 1
            }
          } catch {
            say("a sender failed: \(error)")
          }
          sent.value.wrappingAdd(count, ordering: .relaxed)
        }
      }
    }
    report(["sent": Double(sent.value.load(ordering: .relaxed)), "cpu": ProcessUsage.now().cpu - before.cpu])
    waitForGo()
  }

  private func plainOneWay() async throws {
    let sent = PlainCount()
    let payload = BenchMessage.make(.update).encoded()
    say("ready")
    waitForLine()
    let before = ProcessUsage.now()
    let deadline = seconds() + duration
    var channels: [any Channel] = []
    for _ in 0..<count {
      channels.append(
        try await PlainWebSocket.connect(port: port, tls: tls) {
          PlainSender(payload: payload, until: deadline, counting: sent)
        })
    }
    try await Task.sleep(for: .seconds(duration + 0.2))
    report(["sent": Double(sent.value.load(ordering: .relaxed)), "cpu": ProcessUsage.now().cpu - before.cpu])
    waitForGo()
  }

  // MARK: Round trip

  static let rounds = 20_000

  private func roundTrip(_ connection: EdgeConnection) async throws {
    waitForGo()
    let message = BenchMessage.make(.query)
    var iterator = connection.inbound.makeAsyncIterator()
    var times: [Double] = []
    times.reserveCapacity(Self.rounds)
    let before = ProcessUsage.now()
    for _ in 0..<Self.rounds {
      let began = seconds()
      try await connection.send(message)
      _ = try await iterator.next()
      times.append(seconds() - began)
    }
    reportTimes(times, cpu: ProcessUsage.now().cpu - before.cpu)
  }

  private func plainRoundTrip() async throws {
    say("ready")
    waitForLine()
    let (results, continuation) = AsyncStream<[Double]>.makeStream()
    let before = ProcessUsage.now()
    let payload = BenchMessage.make(.query).encoded()
    let channel = try await PlainWebSocket.connect(port: port, tls: tls) {
      PlainPinger(payload: payload, rounds: Self.rounds) { continuation.yield($0) }
    }
    for await times in results {
      reportTimes(times, cpu: ProcessUsage.now().cpu - before.cpu)
      break
    }
    try await channel.close()
  }

  private func reportTimes(_ times: [Double], cpu: Double) {
    let sorted = times.sorted()
    report(["p50": sorted[sorted.count / 2], "p99": sorted[sorted.count * 99 / 100], "cpu": cpu / Double(times.count)])
  }

  // MARK: Delivery

  private func durable() async throws {
    let relay = try await DelayRelay(delay: TimeAmount(DurableCase.roundTrip / 2)).listen(passingTo: port)
    let connection = try await connect(0, port: relay.localAddress?.port ?? 0)
    waitForGo()
    let outcome = try await DurableCase.send(
      over: connection, directory: identities.directory, seconds: duration)
    var values = ["wall": outcome.wall, "cpu": outcome.cpu]
    values["acknowledged"] = Double(outcome.counters.acknowledged)
    values["retransmitted"] = Double(outcome.counters.retransmitted)
    for (index, count) in outcome.perSecond.enumerated() { values["second\(index)"] = Double(count) }
    report(values)
    waitForLine()
  }

  // MARK: Many nodes

  private func idle() async throws {
    let connections = try await connectAll()
    waitForGo()
    report(["connections": Double(connections.count)])
    waitForLine()
    withExtendedLifetime(connections) {}
  }

  /// All nodes at once, each connected and served one request; as after an outage, but without the jitter that spreads it.
  private func reconnect() async throws {
    waitForGo()
    let before = ProcessUsage.now()
    let began = seconds()
    let failures = PlainCount()
    await withDiscardingTaskGroup { tasks in
      for index in 0..<count {
        tasks.addTask {
          do {
            let connection = try await connect(index)
            try await connection.send(BenchMessage.make(.query))
            var iterator = connection.inbound.makeAsyncIterator()
            if try await iterator.next() == nil { throw BenchFailure("no answer") }
          } catch {
            failures.value.wrappingAdd(1, ordering: .relaxed)
            say("node \(index): \(error)")
          }
        }
      }
    }
    report([
      "seconds": seconds() - began, "failures": Double(failures.value.load(ordering: .relaxed)),
      "cpu": ProcessUsage.now().cpu - before.cpu,
    ])
  }

  private func connectAll() async throws -> [EdgeConnection] {
    try await withThrowingTaskGroup(of: EdgeConnection.self) { tasks in
      var connections: [EdgeConnection] = []
      for index in 0..<count {
        // As many at a time as two cores can take without anybody's timeout.
        if index >= 64, let done = try await tasks.next() { connections.append(done) }
        tasks.addTask { try await connect(index) }
      }
      for try await connection in tasks { connections.append(connection) }
      return connections
    }
  }

  private func connect(_ index: Int) async throws(TransportError) -> EdgeConnection {
    try await connect(index, port: port)
  }

  private func connect(_ index: Int, port: Int) async throws(TransportError) -> EdgeConnection {
    guard let node = try? NodeName("node-\(index)") else {
      throw TransportError(code: .refused, message: "not a node name")
    }
    var configuration = EdgeHubConfiguration(host: "127.0.0.1", port: port, nodeName: node)
    configuration.keepaliveInterval = nil
    configuration.timing = timing
    return try await EdgeHubClient(configuration: configuration, tls: tls, group: group, logger: quiet).connect()
  }

  // MARK: Talking to the other process

  private func waitForGo() {
    say("ready")
    waitForLine()
  }

  /// The hub's process that is gone needs no clients.
  private func waitForLine() { if readLine() == nil { exit(0) } }

  private func report(_ values: [String: Double]) {
    say("result " + values.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " "))
  }
}

/// A message of exactly 1 KiB on the wire.
enum BenchMessage {
  static func make(_ operation: MessageOperation) -> EdgeMessage {
    func message(_ padding: Int) -> EdgeMessage {
      EdgeMessage(
        header: MessageHeader(
          id: "ff82aaca-dbf4-4857-9f60-40926f356f4a", timestampMilliseconds: 1_795_350_795_840,
          resourceVersion: "1033"),
        route: MessageRoute(
          source: "edgecontroller", group: "resource", operation: operation, resource: "default/pod/web-0"),
        content: MessageContent(
          json: Array(
            (#"{"metadata":{"name":"web-0","namespace":"default","labels":{"app":"web"}},"status":""#
              + String(repeating: "x", count: padding) + #""}"#).utf8)))
    }
    return message(1024 - message(0).encoded().count)
  }
}

struct BenchFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
