#if Networking && SQLite && YAML
import DeviceTwinKit
import DeviceTwinKitModbus
import EdgeAPIClient
import EdgeAPIModels
import EdgeAPIModelsYAML
import EdgeHTTP
import EdgeJSON
import NIOPosix

/// What the demo can see and touch from outside, by the interfaces that any user has: the command line, the cloud's API,
/// the nodes' local API, the device's registers.
final class DemoWorld {
  let directory: String
  var device: DemoProcess?
  var cloud: DemoProcess?
  var nodes: [String: DemoProcess] = [:]
  var deviceAddress = Endpoint(host: "127.0.0.1", port: 0)
  /// Addresses of the cloud, by name.
  var endpoints: [String: Endpoint] = [:]
  private var localAPIs: [String: Endpoint] = [:]

  static let nodeNames = ["edge-node-1", "edge-node-2"]

  init(directory: String) { self.directory = directory }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  // MARK: Processes

  func startDevice() async throws {
    let process = try DemoProcess("device", ["device", "--listen", "\(deviceAddress)"], directory: directory)
    device = process
    deviceAddress = try endpoint(await process.ready())
  }

  /// The first start takes any free ports; later ones keep them, as a real cloud would.
  func startCloud() async throws {
    var arguments = ["cloud", "--data-dir", "\(directory)/cloud"]
    for (option, name) in [("--api-port", "api"), ("--hub-port", "hub"), ("--bootstrap-port", "bootstrap")] {
      arguments += [option, String(endpoints[name]?.port ?? 0)]
    }
    let process = try DemoProcess("cloud", arguments, directory: directory)
    cloud = process
    _ = try await process.ready()
    let addresses = try JSONValue(parsing: Terminal.read("\(directory)/cloud/endpoints.json"))
    for (name, address) in addresses.objectValue ?? JSONObject() {
      endpoints[name] = Endpoint(argument: address.stringValue ?? "")
    }
  }

  func nodeArguments(_ name: String, dataDirectory: String? = nil, tokenFile: String? = nil) -> [String] {
    let number = Self.nodeNames.firstIndex(of: name).map { $0 + 1 } ?? 9
    return [
      "edge", "--node-name", name, "--data-dir", dataDirectory ?? "\(directory)/\(name)", "--bootstrap",
      "\(served("bootstrap"))", "--hub", "\(served("hub"))", "--token-file",
      tokenFile ?? "\(directory)/cloud/join-token",
      "--pool", number == 1 ? "site-a" : "site-b", "--node-ip", "127.0.\(number).1", "--service-address",
      "127.0.\(number).1", "--pod-cidr", "127.20.\(number).0/24", "--api-port", "0", "--maximum-backoff", "2",
    ]
  }

  /// Starts a node and returns how long it took until it served.
  @discardableResult
  func startNode(_ name: String) async throws -> Duration {
    let begin = ContinuousClock.now
    let process = try DemoProcess(name, nodeArguments(name), directory: directory)
    nodes[name] = process
    localAPIs[name] = try endpoint(await process.ready())
    return ContinuousClock.now - begin
  }

  /// Runs a command to its end and returns what it printed and whether it succeeded.
  func command(_ arguments: [String], timeout: Duration = .seconds(10)) async throws -> (
    output: String, log: String, isGood: Bool
  ) {
    let name = "command-\(arguments.first ?? "")-\(commands)"
    commands += 1
    let process = try DemoProcess(name, arguments, directory: directory)
    let status = await process.exitStatus(within: timeout)
    func text(_ suffix: String) -> String {
      ((try? Terminal.read("\(directory)/\(name).\(suffix)")).map { String(decoding: $0, as: UTF8.self) } ?? "")
    }
    return (text("out"), text("log"), status == 0)
  }

  private var commands = 0

  func apply(_ path: String) async throws -> (output: String, log: String, isGood: Bool) {
    try await command(["apply", "-f", path, "--kubeconfig", "\(directory)/cloud/admin.kubeconfig"])
  }

  private func served(_ name: String) -> Endpoint { endpoints[name] ?? Endpoint(host: "127.0.0.1", port: 0) }

  private func endpoint(_ address: String) throws -> Endpoint {
    let bare = address.split(separator: "/").last.map(String.init) ?? address
    guard let endpoint = Endpoint(argument: bare) else { throw Failure(description: "not an address: \(address)") }
    return endpoint
  }

  // MARK: The cloud's API

  func client() throws -> KubeClient {
    let text = String(decoding: try Terminal.read("\(directory)/cloud/admin.kubeconfig"), as: UTF8.self)
    return try KubeClient(
      configuration: ClientConfiguration(kubeconfig: KubernetesYAML.value(parsing: text)),
      group: MultiThreadedEventLoopGroup.singleton)
  }

  func objects(_ resource: GroupResource, namespace: String? = nil) async throws -> [UnstructuredObject] {
    try await client().list(resource, KubeClient.Query(namespace: namespace)).items
  }

  /// The twin entry of one property in the cloud's DeviceStatus.
  func twin(_ property: String) async throws -> JSONValue? {
    let key = ObjectKey(resource: .deviceStatuses, namespace: "default", name: "sensor-01")
    guard let status = try? await client().get(key) else { return nil }
    return status["status", "twins"]?.arrayValue?.first { $0["propertyName"]?.stringValue == property }
  }

  func setDesired(_ value: String) async throws {
    let key = ObjectKey(resource: .devices, namespace: "default", name: "sensor-01")
    let device = try await client().get(key)
    var properties = device["spec", "properties"]?.arrayValue ?? []
    for index in properties.indices where properties[index]["name"]?.stringValue == "setpoint" {
      properties[index]["desired"] = ["value": .string(value)]
    }
    try await client().patch(key, ["spec": ["properties": .array(properties)]])
  }

  // MARK: A node's local API

  func status(of node: String) async throws -> JSONValue {
    try JSONValue(parsing: await get(localAPIs[node], "/status").body)
  }

  func localObject(_ path: String, on node: String) async throws -> UnstructuredObject {
    try UnstructuredObject(parsing: await get(localAPIs[node], path).body)
  }

  /// Calls the Service from a node, as a pod of that node would, and returns who answered.
  func callService(from node: String) async throws -> JSONValue {
    let service = try await service(of: node)
    guard let address = service["address"]?.stringValue.flatMap({ Endpoint(argument: $0) }) else {
      throw Failure(
        description: "\(node) offers no address for the service: \(service["explanation"]?.stringValue ?? "")")
    }
    return try JSONValue(parsing: await get(address, "/").body)
  }

  func service(of node: String) async throws -> JSONValue {
    let services = try await status(of: node)["services"]?.arrayValue ?? []
    guard let service = services.first(where: { $0["name"]?.stringValue == "edge-app" }) else {
      throw Failure(description: "\(node) does not know the service edge-app")
    }
    return service
  }

  /// The example pods that run on a node: uid and process id of each.
  func runningPods(on node: String) async throws -> [String: Int64] {
    var running: [String: Int64] = [:]
    for pod in try await status(of: node)["pods"]?.arrayValue ?? [] {
      guard let uid = pod["uid"]?.stringValue, let pid = pod["containers"]?[0]?["pid"]?.integerValue else { continue }
      running[uid] = pid
    }
    return running
  }

  private func get(_ endpoint: Endpoint?, _ target: String) async throws -> HTTPClientResponse {
    guard let endpoint else { throw Failure(description: "the node has no address yet") }
    let client = HTTPClient(
      host: endpoint.host, port: endpoint.port, tls: nil, group: MultiThreadedEventLoopGroup.singleton)
    let response = try await client.send(HTTPClientRequest(target: target), timeout: .seconds(3))
    guard response.status == 200 else { throw Failure(description: "\(endpoint)\(target) answered \(response.status)") }
    return response
  }

  // MARK: The device

  /// The set point as the device holds it, and how often it was written.
  func setPoint() async throws -> (value: Int, writes: Int) {
    let client = try await ModbusTCPClient.connect(host: deviceAddress.host, port: deviceAddress.port)
    func register(_ request: ModbusRequest) async throws -> Int {
      guard case .registers(let values) = try await client.send(request, unit: 1), let value = values.first else {
        throw Failure(description: "the device gave an unexpected answer")
      }
      return Int(Int16(bitPattern: value))
    }
    let value = try await register(.read(.holdingRegisters, address: 0, count: 1))
    let writes = try await register(.read(.inputRegisters, address: 2, count: 1))
    await client.close()
    return (value, writes)
  }

  // MARK: Waiting

  /// Looks again and again until a condition holds; returns the time that took, nil when it did not hold in time.
  func wait(_ timeout: Duration, until condition: () async throws -> Bool) async -> Duration? {
    let begin = ContinuousClock.now
    while ContinuousClock.now - begin < timeout {
      if (try? await condition()) == true { return ContinuousClock.now - begin }
      try? await Task.sleep(for: .milliseconds(50))
    }
    return nil
  }
}
#endif
