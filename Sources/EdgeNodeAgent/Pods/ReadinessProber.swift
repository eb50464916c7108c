#if Networking && canImport(Glibc)
import EdgeHTTP
import EdgeJSON
import EdgePrimitives
import NIOCore
import NIOPosix
import Synchronization

/// Asks running containers whether they are ready: `tcpSocket` and `httpGet` probes with the kubelet's defaults.
///
/// Each probed container has one task that ends with it. Turns are reported, answers are not.
final class ReadinessProber: Sendable {
  private struct Watch: Sendable {
    let id: ContainerID
    let probe: ProbeSpec
    let isRunning: @Sendable (ContainerID) -> Bool
  }

  private let group: any EventLoopGroup
  private let report: @Sendable (ContainerID, _ isReady: Bool) -> Void
  private let waiting = CoalescingQueue<ContainerID>()
  private let watches = Mutex<[ContainerID: Watch]>([:])

  init(group: any EventLoopGroup, report: @escaping @Sendable (ContainerID, _ isReady: Bool) -> Void) {
    self.group = group
    self.report = report
  }

  /// Begins to probe a container; asking twice for the same one does nothing.
  func watch(
    _ id: ContainerID, probe: JSONValue, container: JSONValue, address: String,
    isRunning: @escaping @Sendable (ContainerID) -> Bool
  ) {
    guard let probe = ProbeSpec(probe, container: container, address: address) else {
      // An exec or gRPC probe is not spoken here; such a container counts as ready while it runs.
      report(id, true)
      return
    }
    let isNew = watches.withLock { watches in
      guard watches[id] == nil else { return false }
      watches[id] = Watch(id: id, probe: probe, isRunning: isRunning)
      return true
    }
    if isNew { waiting.add(id) }
  }

  func run() async {
    await withDiscardingTaskGroup { tasks in
      while let ids = await waiting.next() {
        for id in ids {
          guard let watch = watches.withLock({ $0[id] }) else { continue }
          tasks.addTask { [self] in
            await self.probe(watch)
            _ = watches.withLock { $0.removeValue(forKey: id) }
          }
        }
      }
      tasks.cancelAll()
    }
  }

  private func probe(_ watch: Watch) async {
    let probe = watch.probe
    var isReady = false
    var run = 0
    try? await Task.sleep(for: probe.initialDelay)
    while !Task.isCancelled && watch.isRunning(watch.id) {
      let answer = await ask(probe)
      if answer == isReady {
        run = 0
      } else {
        run += 1
        if run >= (answer ? probe.successThreshold : probe.failureThreshold) {
          isReady = answer
          run = 0
          report(watch.id, isReady)
        }
      }
      try? await Task.sleep(for: probe.period)
    }
  }

  private func ask(_ probe: ProbeSpec) async -> Bool {
    switch probe.check {
    case .tcp(let port):
      let timeout = TimeAmount.nanoseconds(probe.timeout.components.seconds * 1_000_000_000)
      guard
        let channel = try? await ClientBootstrap(group: group).connectTimeout(timeout)
          .connect(host: probe.address, port: port).get()
      else { return false }
      try? await channel.close()
      return true
    case .http(let port, let path):
      let client = HTTPClient(
        host: probe.address, port: port, tls: nil, serverHostname: nil, group: group, connectTimeout: probe.timeout)
      let request = HTTPClientRequest(method: "GET", target: path, headers: ["User-Agent": "kube-probe/1.32"])
      guard let response = try? await client.send(request, timeout: probe.timeout) else { return false }
      return (200..<400).contains(response.status)
    }
  }
}

struct ProbeSpec: Hashable, Sendable {
  enum Check: Hashable, Sendable {
    case tcp(port: Int)
    case http(port: Int, path: String)
  }

  var check: Check
  var address: String
  var initialDelay: Duration
  var period: Duration
  var timeout: Duration
  var successThreshold: Int
  var failureThreshold: Int

  /// Nil for probes that are neither `tcpSocket` nor `httpGet`, or that name no port.
  init?(_ probe: JSONValue, container: JSONValue, address: String) {
    func port(_ value: JSONValue?) -> Int? {
      if let number = value?.integerValue { return (1...65535).contains(number) ? Int(number) : nil }
      let named = container["ports"]?.arrayValue?.first { $0["name"] == value }
      return named?["containerPort"]?.integerValue.map { Int($0) }
    }
    if let socket = probe["tcpSocket"], let port = port(socket["port"]) {
      check = .tcp(port: port)
      self.address = socket["host"]?.stringValue ?? address
    } else if let get = probe["httpGet"], let port = port(get["port"]) {
      check = .http(port: port, path: get["path"]?.stringValue ?? "/")
      self.address = get["host"]?.stringValue ?? address
    } else {
      return nil
    }
    func number(_ name: String, _ fallback: Int64, minimum: Int64 = 1) -> Int64 {
      max(minimum, probe[name]?.integerValue ?? fallback)
    }
    initialDelay = .seconds(number("initialDelaySeconds", 0, minimum: 0))
    period = .seconds(number("periodSeconds", 10))
    timeout = .seconds(number("timeoutSeconds", 1))
    successThreshold = Int(number("successThreshold", 1))
    failureThreshold = Int(number("failureThreshold", 3))
  }
}
#endif
