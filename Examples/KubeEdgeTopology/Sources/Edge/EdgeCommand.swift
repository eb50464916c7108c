#if Networking && SQLite && YAML
import ArgumentParser
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeHTTP
import EdgeIdentity
import EdgeJSON
import EdgeNodeAgent
import EdgePrimitives
import EdgeStoreSQLite
import EdgeTransportNIO
import Logging
import NIOPosix

struct EdgeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edge", abstract: "Run an edge node: cache, pods, devices and service routing.",
    discussion: """
      The first start needs a join token; later starts find the certificate in DATA-DIR and need no cloud. Pods run as \
      processes of this machine. http://<READY address>/status tells what the node knows of itself.
      """)

  @Option(help: "Name of this node; the machine's host name if not given.")
  var nodeName: String?
  @Option(help: "Directory of the database, the certificate and the pods.")
  var dataDir = "kubeedge-edge"
  @Option(help: "Where the cloud lets nodes join.")
  var bootstrap = Endpoint(host: "127.0.0.1", port: 10_002)
  @Option(help: "The cloud's hub.")
  var hub = Endpoint(host: "127.0.0.1", port: 10_000)
  @Option(help: "Join token, for the first start.")
  var token: String?
  @Option(help: "File that holds the join token, so that it is in no process list.")
  var tokenFile: String?
  @Option(name: .customLong("label"), help: ArgumentHelp("Label of the node (repeatable).", valueName: "key=value"))
  var labels: [String] = []
  @Option(help: "Node pool that the node belongs to.")
  var pool: String?
  @Option(help: "Address of this node.")
  var nodeIP = "127.0.0.1"
  @Option(help: "IPv4 block on this machine from which each pod gets an address; without it pods share the node's.")
  var podCidr: String?
  @Option(help: "Local address on which services are offered.")
  var serviceAddress = "127.0.0.1"
  @Option(help: "Port of the local API on loopback; 0 takes any free one.")
  var apiPort = 10_550
  @Option(help: "What becomes of the pods' processes when the node is stopped: terminate or keep.")
  var podsOnStop = PodSupervisor.Configuration.OnStop.terminate
  @Option(help: "Longest delay between attempts to reach the cloud, in seconds.")
  var maximumBackoff = 30
  @OptionGroup var log: LogOptions

  func validate() throws {
    if token != nil && tokenFile != nil { throw ValidationError("--token and --token-file exclude each other") }
    guard maximumBackoff >= 1 else { throw ValidationError("--maximum-backoff must be at least 1") }
    _ = try parsedLabels()
    if let podCidr, IPv4Block(podCidr) == nil {
      throw ValidationError("--pod-cidr \(podCidr) is no IPv4 block such as 127.20.1.0/24")
    }
  }

  func run() async throws {
    let logger = log.makeLogger("edge")
    let group = MultiThreadedEventLoopGroup.singleton
    let node = try NodeName(nodeName ?? Terminal.hostname)
    try Terminal.makeDirectory("\(dataDir)/pods")

    let token = joinToken(logger)
    let certificate = try await NodeCertificate.obtain(
      for: node, directory: "\(dataDir)/identity", token: token,
      bootstrap: BootstrapClient(host: bootstrap.host, port: bootstrap.port, group: group),
      hub: EdgeHubConfiguration(host: hub.host, port: hub.port, nodeName: node), group: group, logger: logger)

    let (store, setAside) = try SQLiteStore.openSettingAsideDamage(
      path: "\(dataDir)/edge.db", clock: SystemWallClock())
    if let setAside {
      logger.error(
        "the database was damaged; it was set aside and is rebuilt from the cloud", metadata: ["kept as": "\(setAside)"]
      )
    }
    let cache = try await ObjectCache.open(store: store)
    let agent = NodeAgent(
      configuration: try agentConfiguration(node), cache: cache, store: store, group: group, logger: logger,
      connect: certificate.connect)
    let localAPI = HTTPServer(
      configuration: HTTPServerConfiguration(host: "127.0.0.1", port: apiPort), tls: nil, group: group, logger: logger,
      handler: LocalAPI(agent: agent, logger: logger).handle)
    try await runUntilStopped(
      [
        CancellableService { try await agent.run() },
        CancellableService { await certificate.run() },
        CancellableService {
          try await localAPI.run { host, port in printReady("http://\(Endpoint(host: host, port: port))") }
        },
      ], logger: logger)
    await store.close()
  }

  /// Only the first start needs a token, so one that cannot be read is no reason not to start.
  private func joinToken(_ logger: Logger) -> String? {
    guard let tokenFile else { return token }
    do {
      return String(decoding: try Terminal.read(tokenFile, limit: 64 << 10), as: UTF8.self).filter { !$0.isWhitespace }
    } catch {
      logger.warning("the join token cannot be read", metadata: ["error": "\(error)"])
      return nil
    }
  }

  private func agentConfiguration(_ node: NodeName) throws -> NodeAgent.Configuration {
    var pods = PodSupervisor.Configuration(node: node, directory: try absolute("\(dataDir)/pods"), hostIP: nodeIP)
    if let block = podCidr.flatMap({ IPv4Block($0) }) { pods.addressing = .block(block) }
    // Commands find this very program under its own name, wherever it was built.
    pods.searchPath = [Terminal.executable.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }]
    pods.onStop = podsOnStop
    var configuration = NodeAgent.Configuration(node: node, pods: pods)
    configuration.address = nodeIP
    configuration.serviceAddress = serviceAddress
    configuration.labels = try parsedLabels()
    if let pool { configuration.labels["apps.openyurt.io/nodepool"] = try PoolName(pool).rawValue }
    configuration.backoff = Backoff(cap: .seconds(maximumBackoff))
    return configuration
  }

  private func parsedLabels() throws -> [String: String] {
    var parsed: [String: String] = [:]
    for label in labels {
      let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else { throw ValidationError("--label \(label) is not KEY=VALUE") }
      parsed[String(parts[0])] = String(parts[1])
    }
    return parsed
  }

  private func absolute(_ path: String) throws -> String {
    path.hasPrefix("/") ? path : "\(Terminal.workingDirectory)/\(path)"
  }
}

extension PodSupervisor.Configuration.OnStop: ExpressibleByArgument {}
#endif
