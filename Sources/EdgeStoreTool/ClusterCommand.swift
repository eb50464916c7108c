#if Networking && SQLite && canImport(Glibc)
import ArgumentParser
import EdgeIdentity
import EdgePrimitives
import EdgeStoreEtcd
import Glibc
import Logging
import NIOCore
import NIOPosix
import UnixSignals

/// A real etcd cluster, one supervised member on each machine.
struct ClusterCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster", abstract: "Run a member of a real etcd cluster, and look after the cluster.",
    discussion: "etcd itself comes from the system (Debian: etcd-server, etcd-client). See docs/etcd-cluster.md.",
    subcommands: [Init.self, Join.self, Token.self, Status.self, Remove.self, Restore.self])

  /// What describes the member on this machine.
  struct MemberOptions: ParsableArguments {
    @Option(help: "An absolute path; holds etcd's data, the certificates and the snapshots.")
    var dataDir: String
    @Option(help: "The member's name, unique in the cluster; lower-case letters, digits and dashes.")
    var name: String
    @Option(
      help: "Where other members reach this one, such as https://10.0.0.1:2380.", transform: ClusterCommand.endpoint)
    var peerURL: EtcdEndpoint
    @Option(help: "Where clients reach this member, such as https://10.0.0.1:2379.", transform: ClusterCommand.endpoint)
    var clientURL: EtcdEndpoint
    @Option(help: "The address to listen on, if not the hosts of the URLs.")
    var listenAddress: String?
    @Option(help: "The etcd program.")
    var etcd = "etcd"
    @Option(help: "Serve the joining of further members on this port; 0 does not.")
    var joinPort: UInt16 = 2381
    @Option(help: "Seconds between two snapshots; 0 takes none.")
    var snapshotInterval: UInt32 = 12 * 3600
    @Option(help: "Snapshots that are kept.")
    var snapshotsKept: UInt16 = 5
    @Option(
      name: .customLong("etcd-argument"), help: "A further argument for etcd, such as --quota-backend-bytes=8589934592."
    )
    var arguments: [String] = []

    func configuration() -> EtcdMemberConfiguration {
      var configuration = EtcdMemberConfiguration(directory: dataDir, name: name, peer: peerURL, client: clientURL)
      configuration.program = etcd
      if let path = getenv("PATH") { configuration.searchPath = String(cString: path) }
      configuration.listenHost = listenAddress
      configuration.arguments = arguments
      configuration.snapshots = EtcdSnapshotSchedule(
        interval: snapshotInterval == 0 ? nil : .seconds(Int64(snapshotInterval)), kept: max(1, Int(snapshotsKept)))
      return configuration
    }

    /// Runs the member, and the port for joining, until a signal asks to stop.
    func run(_ member: EtcdMember, logger: Logger) async throws {
      let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { for await _ in signals { return } }
        group.addTask { try await member.run() }
        group.addTask {
          while !member.isReady { try await Task.sleep(for: .milliseconds(100)) }
          print("READY \(member.configuration.client)")
          fflush(nil)
          if joinPort == 0 || !clientURL.usesTLS {
            while true { try await Task.sleep(for: .seconds(3600)) }
          }
          let service = try ClusterJoinService(
            member: member, group: .singletonMultiThreadedEventLoopGroup, logger: logger)
          try await service.run(host: listenAddress ?? clientURL.host, port: Int(joinPort))
        }
        defer { group.cancelAll() }
        try await group.next()
      }
    }
  }

  struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run the first member of a cluster; goes on with one that is there.")
    @OptionGroup var member: MemberOptions

    func run() async throws {
      let logger = ClusterCommand.logger
      try await member.run(
        EtcdMember.initialize(
          member.configuration(), group: .singletonMultiThreadedEventLoopGroup, logger: logger), logger: logger)
    }
  }

  struct Join: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run a further member; goes on with one that has joined already.")
    @OptionGroup var member: MemberOptions
    @Option(
      help: "With a token: the join port of a member, such as https://10.0.0.1:2381. Without: a member's client URL.",
      transform: ClusterCommand.endpoint)
    var server: EtcdEndpoint
    @Option(help: "A token that `cluster token` printed; without one tls/ must have been copied from another member.")
    var token: String?

    func run() async throws {
      let logger = ClusterCommand.logger
      let configuration = member.configuration()
      let group = MultiThreadedEventLoopGroup.singleton
      var backoff = Backoff(base: .seconds(1), cap: .seconds(5))
      for attempt in 1... {
        do {
          let joined =
            if let token {
              try await EtcdMember.join(configuration, server: server, token: token, group: group, logger: logger)
            } else {
              try await EtcdMember.join(configuration, through: [server], group: group, logger: logger)
            }
          return try await member.run(joined, logger: logger)
        } catch let error as EtcdClusterError where error.isRetryable && attempt < 30 {
          // One learner at a time, and a cluster must have been whole for some seconds.
          logger.info("not admitted yet", metadata: ["error": "\(error)"])
          try await Task.sleep(for: backoff.next(using: SystemEntropy()))
        }
      }
    }
  }

  struct Token: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a token with which further members join. It is worth as much as the cluster's keys.")
    @Option(help: "The directory of a member of this machine.")
    var dataDir: String
    @Option(help: "Seconds until it is worth nothing.")
    var lifetime: UInt32 = 3600
    @Option(help: "The name of the only member that may use it.")
    var name: String?

    func run() throws {
      guard access("\(dataDir)/tls/client-ca/ca.key", R_OK) == 0 else {
        throw ValidationError("\(dataDir) has no certificates of a cluster")
      }
      let certificates = try ClusterCertificates.loadOrCreate(memberDirectory: dataDir)
      print(
        try certificates.tokens().mint(lifetime: .seconds(Int64(lifetime)), node: try name.map { try NodeName($0) }))
    }
  }

  /// How to reach a cluster with the certificates of a member's directory.
  struct ClusterOptions: ParsableArguments {
    @Option(help: "The directory of a member of this machine; its certificate is used.")
    var dataDir: String
    @Option(
      name: .customLong("endpoint"), help: "A client URL of the cluster; may be given again.",
      transform: ClusterCommand.endpoint)
    var endpoints: [EtcdEndpoint]

    func with(_ body: (EtcdCluster) async throws -> Void) async throws {
      guard !endpoints.isEmpty else { throw ValidationError("--endpoint is missing") }
      var configuration = EtcdStoreConfiguration(endpoints: endpoints)
      if endpoints.contains(where: \.usesTLS) {
        let certificates = try ClusterCertificates.loadOrCreate(memberDirectory: dataDir)
        configuration.tls = try EtcdTLS.client(
          authorityPEM: certificates.clientAuthorityPEM, identity: certificates.client)
      }
      configuration.requestTimeout = .seconds(5)
      let cluster = EtcdCluster(
        configuration: configuration, group: MultiThreadedEventLoopGroup.singleton, logger: ClusterCommand.logger)
      do {
        try await body(cluster)
        await cluster.close()
      } catch {
        await cluster.close()
        throw error
      }
    }
  }

  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the members and how they are; fails when one is not well.")
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
      var isWhole = true
      try await cluster.with { cluster in
        for member in try await cluster.members().sorted(by: { $0.name < $1.name }) {
          let endpoint = member.clientURLs.first.flatMap { EtcdEndpoint($0) }
          var state = "not started"
          if let endpoint {
            if let health = try? await cluster.health(of: endpoint) {
              let role = health.isLeader ? "leader" : health.isLearner ? "learner" : "follower"
              state = "\(role) version=\(health.version) bytes=\(health.databaseBytes) raft-index=\(health.raftIndex)"
              if !health.errors.isEmpty { state += " errors=\(health.errors)" }
              isWhole = isWhole && health.isHealthy
            } else {
              state = "unreachable"
              isWhole = false
            }
          } else {
            isWhole = false
          }
          let id = String(member.id, radix: 16)
          print("\(member.name.isEmpty ? "-" : member.name)\t\(id)\t\(member.clientURLs.first ?? "-")\t\(state)")
        }
      }
      if !isWhole { throw ExitCode(1) }
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a member from the cluster; its supervisor ends then.")
    @OptionGroup var cluster: ClusterOptions
    @Argument(help: "The member's name.")
    var name: String

    func run() async throws {
      try await cluster.with { cluster in
        let named = try await cluster.members().filter { $0.name == name }
        guard let member = named.first, named.count == 1 else {
          throw ValidationError("there are \(named.count) members of the name \(name)")
        }
        try await cluster.remove(member.id)
      }
    }
  }

  struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Make a cluster of one member from a snapshot; no member may run. Then `init` it and let others join anew.")
    @OptionGroup var member: MemberOptions
    @Argument(help: "A file of the member's snapshots/, or one that `etcdctl snapshot save` wrote.")
    var snapshot: String

    func run() async throws { try await EtcdMember.restore(member.configuration(), from: snapshot) }
  }

  static let logger = Logger(label: "edge-store.cluster") { StreamLogHandler.standardError(label: $0) }

  @Sendable fileprivate static func endpoint(_ text: String) throws -> EtcdEndpoint {
    guard let endpoint = EtcdEndpoint(text) else { throw ValidationError("\"\(text)\" is no URL of a member") }
    return endpoint
  }
}
#endif
