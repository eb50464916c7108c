#if Networking && SQLite && YAML
import EdgeAPIClient
import EdgeAPIModels
import EdgeJSON
import Glibc

/// The story of issue reports that should not happen any more, told in order. Each chapter leaves the world ready for the
/// next.
final class DemoStory {
  let report = DemoReport()
  let world: DemoWorld
  private let manifests: String
  /// The uids and processes of the application's pods, by node, before things begin to break.
  private var original: [String: [String: Int64]] = [:]
  private let node1 = DemoWorld.nodeNames[0]
  private let node2 = DemoWorld.nodeNames[1]

  init(directory: String, manifests: String) {
    world = DemoWorld(directory: directory)
    self.manifests = manifests
  }

  func play() async throws {
    try await start()
    try await refuseBadInput()
    try await joinNodes()
    try await applyManifests()
    try await runPods()
    try await readDevice()
    try await changeDesiredValue()
    try await routeCalls()
    try await loseCloud()
    try await restartNodeOffline()
    try await reconcileAfterOutage()
    try await loseDevice()
    try await damageDatabase()
    try await stopGracefully()
  }

  var memory: [(name: String, megabytes: Double?)] { measuredMemory }
  private var measuredMemory: [(name: String, megabytes: Double?)] = []

  /// Leaves nothing running, whatever happened before.
  func tearDown() async {
    for process in world.nodes.values { _ = await process.stop() }
    for process in [world.cloud, world.device] { _ = await process?.stop() }
  }

  // MARK: Beginning

  private func start() async throws {
    report.step("A device and a cloud start, each as a process of its own")
    try await world.startDevice()
    report.observe("start", "the device serves Modbus TCP", true, "\(world.deviceAddress)")
    try await world.startCloud()
    report.observe(
      "start", "the cloud serves API, hub and bootstrap", world.endpoints.count == 3,
      world.endpoints.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
  }

  private func refuseBadInput() async throws {
    report.step("What is wrong is refused, with reasons")
    let before = try await world.objects(.configMaps, namespace: "default").count
    let malformed = "\(world.directory)/malformed.yaml"
    try Terminal.replace(
      malformed,
      with: """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: fine}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: broken}
        spec: {replicas: many}

        """)
    let first = try await world.apply(malformed)
    let after = try await world.objects(.configMaps, namespace: "default").count
    report.observe(
      "bad input", "a malformed manifest names its place and changes nothing",
      !first.isGood && first.log.contains("malformed.yaml:5") && first.log.contains("spec.replicas") && before == after,
      lastLine(first.log))
    let unknown = "\(world.directory)/unknown.yaml"
    try Terminal.replace(unknown, with: "apiVersion: example.org/v1\nkind: Teapot\nmetadata: {name: short-and-stout}\n")
    let second = try await world.apply(unknown)
    report.observe(
      "bad input", "an unknown kind is refused by name", !second.isGood && second.log.contains("Teapot"),
      lastLine(second.log))

    let good = String(decoding: try Terminal.read("\(world.directory)/cloud/join-token"), as: UTF8.self)
      .filter { !$0.isWhitespace }
    let expired = try await world.command(["token", "--data-dir", "\(world.directory)/cloud", "--lifetime", "0"])
    let parts = good.split(separator: ".")
    let otherAuthority = String(repeating: "0", count: 64) + "." + parts.dropFirst().joined(separator: ".")
    let signature = parts.last ?? ""
    let forged =
      parts.dropLast().joined(separator: ".") + (signature.first == "A" ? ".B" : ".A") + signature.dropFirst()
    for (kind, token, word) in [
      ("an expired token", expired.output.filter { !$0.isWhitespace }, "expired"),
      ("a forged token", forged, "not issued by this cluster"),
      ("a token for another authority", otherAuthority, "CA hash"),
    ] {
      let answer = try await tryToJoin("edge-node-9", with: token)
      let leaks = answer.log.contains(token) || answer.log.contains(token.split(separator: ".").last ?? "-")
      report.observe(
        "bad input", "\(kind) is refused", !answer.isGood && answer.log.contains(word) && !leaks, lastLine(answer.log))
    }
  }

  private func tryToJoin(_ name: String, with token: String) async throws -> (log: String, isGood: Bool) {
    let file = "\(world.directory)/refused-token"
    try Terminal.replace(file, with: token, mode: 0o600)
    let arguments = world.nodeArguments(name, dataDirectory: "\(world.directory)/refused-node", tokenFile: file)
    let answer = try await world.command(arguments)
    return (answer.log, answer.isGood)
  }

  private func joinNodes() async throws {
    report.step("Two nodes join with a token, one at each site")
    for name in DemoWorld.nodeNames { try await world.startNode(name) }
    let time = await world.wait(.seconds(10)) {
      let nodes = try await self.world.objects(.nodes)
      return nodes.count == 2 && nodes.allSatisfy { $0.isReadyNode }
    }
    report.observe("join", "both nodes are Ready in the cloud", time != nil, describe(time))
    let general = String(decoding: try Terminal.read("\(world.directory)/cloud/join-token"), as: UTF8.self)
      .filter { !$0.isWhitespace }
    let answer = try await tryToJoin(node1, with: general)
    report.observe(
      "join", "nobody else may take a node's name", !answer.isGood && answer.log.contains("taken"), lastLine(answer.log)
    )
  }

  // MARK: Work

  private func applyManifests() async throws {
    report.step("The manifests are applied")
    let edited = "\(world.directory)/manifests"
    try Terminal.makeDirectory(edited)
    // As an operator would: the device's real port goes into the files.
    func place(_ name: String, from source: String, as copy: String? = nil) throws {
      let text = String(decoding: try Terminal.read("\(source)/\(name)"), as: UTF8.self)
      try Terminal.replace(
        "\(edited)/\(copy ?? name)", with: text.replacing("port: 1502", with: "port: \(world.deviceAddress.port)"))
    }
    try place("device-v1alpha2.yaml", from: "\(manifests)/alternatives", as: "../device-v1alpha2.yaml")
    let old = try await world.apply("\(world.directory)/device-v1alpha2.yaml")
    report.observe("apply", "a device in v1alpha2 form is accepted", old.isGood, oneLine(old.output + old.log))
    let before = try? await world.objects(.devices).first?.metadata.uid
    for name in Terminal.entries(of: manifests) ?? [] where name.hasSuffix(".yaml") { try place(name, from: manifests) }
    let new = try await world.apply(edited)
    report.observe(
      "apply", "the directory with its v1beta1 form is accepted", new.isGood, oneLine(new.output + new.log))
    let after = try? await world.objects(.devices).first?.metadata.uid
    report.observe("apply", "both forms are one device", before != nil && before == after, "uid \(after ?? "none")")
  }

  private func runPods() async throws {
    report.step("The scheduler binds the pods, the nodes run them as processes")
    let time = await world.wait(.seconds(15)) { try await self.readyPods().count == 2 }
    let placement = try await readyPods().map {
      "\($0.metadata.name ?? "") on \($0["spec", "nodeName"]?.stringValue ?? "")"
    }
    report.observe("pods", "two pods are Running and Ready", time != nil, placement.joined(separator: ", "))
    for name in DemoWorld.nodeNames { original[name] = try await world.runningPods(on: name) }
    report.observe(
      "pods", "each site has one of them", original.values.allSatisfy { $0.count == 1 },
      original.sorted { $0.key < $1.key }.map { "\($0.key): process \($0.value.values.map(String.init).joined())" }
        .joined(separator: ", "))
  }

  private func readyPods() async throws -> [UnstructuredObject] {
    try await world.objects(.pods, namespace: "default").filter {
      $0.isReadyPod && $0.metadata.deletionTimestamp == nil
    }
  }

  private func readDevice() async throws {
    report.step("Readings of the device reach the cloud's twin")
    let time = await world.wait(.seconds(10)) {
      for property in ["temperature", "humidity"] {
        guard try await self.world.twin(property)?["reported"]?["metadata"]?["quality"]?.stringValue == "good" else {
          return false
        }
      }
      return true
    }
    let values = [try await describeTwin("temperature"), try await describeTwin("humidity")]
    report.observe("twin", "temperature and humidity are reported", time != nil, values.joined(separator: ", "))
    try await observeSetPoint("twin", "22", writes: 1)
  }

  private func changeDesiredValue() async throws {
    report.step("The set point's desired value is changed in the cloud")
    try await world.setDesired("25")
    try await observeSetPoint("desired", "25", writes: 2)
  }

  /// The register holds the value, the cloud knows it as applied, and the device was written as often as it should.
  private func observeSetPoint(_ step: String, _ value: String, writes: Int, within timeout: Duration = .seconds(10))
    async throws
  {
    let time = await world.wait(timeout) {
      let twin = try await self.world.twin("setpoint")
      return try await self.world.setPoint().value == Int(value)
        && twin?["observedDesired"]?["value"]?.stringValue == value
        && twin?["observedDesired"]?["metadata"]?["state"]?.stringValue == "applied"
        && twin?["reported"]?["value"]?.stringValue == value
    }
    let register = try await world.setPoint()
    report.observe(
      step, "the register holds \(value) and the twin says applied", time != nil,
      "register \(register.value), \(try await describeTwin("setpoint"))")
    report.observe(
      step, "it was written exactly once", register.writes == writes,
      "\(register.writes) writes since the device started")
  }

  private func routeCalls() async throws {
    report.step("A call to the Service goes where TopologyRouter sends it")
    for name in DemoWorld.nodeNames {
      var answers: [String] = []
      _ = await world.wait(.seconds(5)) {
        answers = []
        for _ in 0..<4 { answers.append(try await self.world.callService(from: name)["node"]?.stringValue ?? "") }
        return Set(answers) == [name]
      }
      report.note(try await world.service(of: name)["explanation"]?.stringValue ?? "")
      report.observe(
        "routing", "4 calls from \(name) stay in its pool", answers.count == 4 && Set(answers) == [name],
        "answered by \(Set(answers).sorted().joined(separator: ", "))")
    }
  }

  // MARK: Trouble

  private func loseCloud() async throws {
    report.step("The cloud is killed (kill -9)")
    await world.cloud?.killNow()
    let offline = await world.wait(.seconds(10)) {
      let mode = try await self.world.status(of: self.node1)["mode"]?["name"]?.stringValue
      return mode == "offline" || mode == "degraded"
    }
    let begin = ContinuousClock.now
    let mode = try await world.status(of: node1)["mode"]
    let answered = ContinuousClock.now - begin
    report.observe(
      "outage", "the node knows, and answers in milliseconds (FF-08)", offline != nil && answered < .milliseconds(500),
      "\(mode?["name"]?.stringValue ?? "") since \(mode?["since"]?.stringValue ?? ""), answered in \(milliseconds(answered))"
    )
    var same = true
    for name in DemoWorld.nodeNames { same = try await world.runningPods(on: name) == original[name] && same }
    let answer = try await world.callService(from: node1)["node"]?.stringValue
    report.observe("outage", "pods and service go on (FF-03)", same && answer == node1, "same uids and processes")
    let first = try await localReading()
    let time = await world.wait(.seconds(5)) { try await self.localReading() > first }
    report.observe("outage", "the twin goes on", time != nil, "newer readings \(describe(time))")
  }

  /// When the device was last read, as the node knows it.
  private func localReading() async throws -> Int64 {
    for device in try await world.status(of: node1)["devices"]?.arrayValue ?? [] {
      for twin in device["twins"]?.arrayValue ?? [] where twin["propertyName"]?.stringValue == "temperature" {
        return twin["reported"]?["metadata"]?["timestamp"]?.stringValue.flatMap { Int64($0) } ?? 0
      }
    }
    return 0
  }

  private func restartNodeOffline() async throws {
    report.step("A node is killed (kill -9) and starts again while the cloud is away")
    let writes = try await world.setPoint().writes
    await world.nodes[node1]?.killNow()
    var took = try await world.startNode(node1)
    _ = await world.wait(.seconds(5)) { try await self.world.runningPods(on: self.node1).count == 1 }
    var running = try await world.runningPods(on: node1)
    report.observe(
      "restart", "it serves within a second, from its database (FF-04)", took < .seconds(1),
      "after \(milliseconds(took))")
    report.observe(
      "restart", "the pod was never interrupted", running == original[node1], "same uid, same process \(pids(running))")

    await world.nodes[node1]?.killNow()
    for pid in running.values { kill(-pid_t(pid), SIGKILL) }
    took = try await world.startNode(node1)
    let back = await world.wait(.seconds(8)) {
      let now = try await self.world.runningPods(on: self.node1)
      return Set(now.keys) == Set(self.original[self.node1].map { Array($0.keys) } ?? [])
        && now != self.original[self.node1]
    }
    running = try await world.runningPods(on: node1)
    report.observe(
      "restart", "after a loss of all its processes the pod comes back with its uid", back != nil,
      "uid \(running.keys.first ?? "none"), new process \(pids(running)), \(describe(back))")
    original[node1] = running
    let reading = try await localReading()
    let live = await world.wait(.seconds(5)) { try await self.localReading() > reading }
    let register = try await world.setPoint()
    report.observe(
      "restart", "the twin is live again and nothing was written twice", live != nil && register.writes == writes,
      "set point \(register.value), \(register.writes) writes as before")
  }

  private func reconcileAfterOutage() async throws {
    report.step("The cloud comes back; things change before the nodes are in touch")
    // Stopped processes stand for a network that stays cut a little longer.
    for name in DemoWorld.nodeNames { world.nodes[name]?.signal(SIGSTOP) }
    try await world.startCloud()
    try await world.setDesired("18")
    try await world.setDesired("23")
    let client = try world.client()
    let configMap = ObjectKey(resource: .configMaps, namespace: "default", name: "edge-app-config")
    try await client.patch(configMap, ["data": ["GREETING": "hello again"]])
    let deployment = ObjectKey(resource: .deployments, namespace: "default", name: "edge-app")
    try await client.patch(deployment, ["spec": ["replicas": 3]])
    let before = try await world.setPoint()
    report.observe(
      "reconnect", "desired value, ConfigMap and replicas are changed in the cloud", before.value == 25,
      "desired 18, then 23; the register still holds \(before.value)")
    for name in DemoWorld.nodeNames { world.nodes[name]?.signal(SIGCONT) }
    try await observeSetPoint("reconnect", "23", writes: before.writes + 1, within: .seconds(15))
    let local = await world.wait(.seconds(10)) {
      try await self.world.localObject("/api/v1/namespaces/default/configmaps/edge-app-config", on: self.node1)[
        "data", "GREETING"]?.stringValue == "hello again"
    }
    report.observe("reconnect", "the changed ConfigMap has reached the node (FF-01)", local != nil, describe(local))
    let pods = await world.wait(.seconds(15)) { try await self.readyPods().count == 3 }
    var kept = true
    for name in DemoWorld.nodeNames {
      let running = try await world.runningPods(on: name)
      for (uid, pid) in original[name] ?? [:] where running[uid] != pid { kept = false }
    }
    report.observe(
      "reconnect", "the third pod runs, the first two were left alone (FF-03)", pods != nil && kept,
      try await readyPods().map { $0.metadata.name ?? "" }.joined(separator: ", "))
    let connected = await world.wait(.seconds(5)) {
      for name in DemoWorld.nodeNames {
        guard try await self.world.status(of: name)["mode"]?["name"]?.stringValue == "connected" else { return false }
      }
      return true
    }
    report.observe(
      "reconnect", "both nodes say that they are connected and caught up", connected != nil, describe(connected))
  }

  private func loseDevice() async throws {
    report.step("The device stops answering, then comes back")
    let last = try await world.twin("temperature")?["reported"]?["value"]?.stringValue
    await world.device?.killNow()
    let stale = await world.wait(.seconds(10)) {
      try await self.world.twin("temperature")?["reported"]?["metadata"]?["quality"]?.stringValue == "stale"
    }
    let kept = try await world.twin("temperature")?["reported"]?["value"]?.stringValue
    report.observe(
      "device", "values keep their last state and turn stale (FF-06)", stale != nil && kept != nil,
      "\(last ?? "") before, \(try await describeTwin("temperature"))")
    try await world.startDevice()
    // The simulator starts with its own set point: the desired value is delivered anew (FF-19).
    try await observeSetPoint("device", "23", writes: 1, within: .seconds(15))
  }

  private func damageDatabase() async throws {
    report.step("A node's database is damaged while the node is down")
    let uids = Set(try await world.runningPods(on: node2).keys)
    let stopped = await world.nodes[node2]?.stop() ?? false
    report.observe(
      "damage", "SIGTERM stops a node gracefully", stopped, stopped ? "ended by itself" : "had to be killed")
    try Terminal.replace("\(world.directory)/\(node2)/edge.db", with: String(repeating: "not a database ", count: 600))
    try await world.startNode(node2)
    let time = await world.wait(.seconds(15)) { Set(try await self.world.runningPods(on: self.node2).keys) == uids }
    let aside = (Terminal.entries(of: "\(world.directory)/\(node2)") ?? []).first { $0.contains("damaged") }
    report.observe(
      "damage", "it is set aside and rebuilt from the cloud (FF-05)", time != nil && aside != nil,
      "kept as \(aside ?? "nothing"), the same \(uids.count) pods \(describe(time))")
  }

  private func stopGracefully() async throws {
    report.step("Everything is stopped with SIGTERM")
    measuredMemory = [("cloud", world.cloud?.residentMegabytes)]
    for name in DemoWorld.nodeNames { measuredMemory.append((name, world.nodes[name]?.residentMegabytes)) }
    measuredMemory.append(("device", world.device?.residentMegabytes))
    let app = try await world.runningPods(on: node1).values.first
    measuredMemory.append(("edge-app (one pod)", app.flatMap { DemoProcess.residentMegabytes(of: pid_t($0)) }))
    var all: [Int64] = []
    for name in DemoWorld.nodeNames { all += try await world.runningPods(on: name).values }
    var graceful = true
    for name in DemoWorld.nodeNames { graceful = await world.nodes[name]?.stop() ?? false && graceful }
    for process in [world.cloud, world.device] { graceful = await process?.stop() ?? false && graceful }
    let left = all.count { kill(pid_t($0), 0) == 0 }
    report.observe(
      "stop", "all processes end by themselves and no pod is left behind", graceful && left == 0, "\(left) pods left")
  }

  // MARK: Words

  private func describeTwin(_ property: String) async throws -> String {
    guard let twin = try await world.twin(property) else { return "\(property) not reported" }
    let reported = twin["reported"]
    var text =
      "\(property) \(reported?["value"]?.stringValue ?? "-") (\(reported?["metadata"]?["quality"]?.stringValue ?? "-"))"
    if let desired = twin["observedDesired"], let value = desired["value"]?.stringValue, !value.isEmpty {
      text += ", desired \(value) \(desired["metadata"]?["state"]?.stringValue ?? "-")"
    }
    return text
  }

  private func describe(_ time: Duration?) -> String { time.map { "after \(milliseconds($0))" } ?? "not in time" }
  private func milliseconds(_ time: Duration) -> String {
    "\(time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000) ms"
  }
  private func lastLine(_ text: String) -> String { text.split(separator: "\n").last.map(String.init) ?? "" }
  private func oneLine(_ text: String) -> String { text.split(separator: "\n").joined(separator: "; ") }
  private func pids(_ pods: [String: Int64]) -> String { pods.values.sorted().map(String.init).joined(separator: ", ") }
}

extension UnstructuredObject {
  fileprivate var isReadyPod: Bool { self["status", "phase"]?.stringValue == "Running" && isReadyNode }
  fileprivate var isReadyNode: Bool {
    self["status", "conditions"]?.arrayValue?.contains {
      $0["type"]?.stringValue == "Ready" && $0["status"]?.stringValue == "True"
    } ?? false
  }
}
#endif
