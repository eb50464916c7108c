#if Networking
import EdgeGRPC
import EdgePrimitives
import EdgeStore
import EtcdAPI
import Logging
import NIOCore

/// One member as the cluster knows it.
public struct EtcdClusterMember: Hashable, Sendable {
  public var id: UInt64
  /// Empty until the member has started for the first time.
  public var name: String
  public var peerURLs: [String]
  public var clientURLs: [String]
  /// A learner gets the log and has no vote.
  public var isLearner: Bool
}

/// How a member answers when asked.
public struct EtcdMemberHealth: Hashable, Sendable {
  public var endpoint: EtcdEndpoint
  public var id: UInt64
  public var version: String
  public var isLeader: Bool
  public var isLearner: Bool
  /// Zero when it knows of no leader.
  public var leader: UInt64
  public var raftIndex: UInt64
  public var databaseBytes: Int64
  /// Alarms and other complaints.
  public var errors: [String]

  /// Whether it takes part in a cluster that can decide.
  public var isHealthy: Bool { leader != 0 && errors.isEmpty }
}

/// Changes a running cluster: who belongs to it. Speaks to any of its members.
///
/// Changes of membership are writes: one that fails with `outcomeUnknown` may have happened, so list the members then.
public struct EtcdCluster: Sendable {
  private let caller: EtcdCaller
  private let connections: EtcdConnections
  private let configuration: EtcdStoreConfiguration
  private let group: any EventLoopGroup
  private let logger: Logger

  public init(configuration: EtcdStoreConfiguration, group: any EventLoopGroup, logger: Logger) {
    let time = ElapsedTime(ContinuousClock())
    connections = EtcdConnections(
      configuration: configuration, group: group, time: time, entropy: SystemEntropy(), logger: logger)
    caller = EtcdCaller(connections: connections, time: time, requestTimeout: configuration.requestTimeout)
    self.configuration = configuration
    self.group = group
    self.logger = logger
  }

  public func close() async { await connections.close() }

  public func members() async throws(StoreError) -> [EtcdClusterMember] {
    // Read first: a member lists what it has applied itself.
    _ = try await caller.currentRevision()
    let response = try await caller.read(GRPCMethod(Etcd.Cluster.memberList), .init(linearizable: true))
    return response.members.map { EtcdClusterMember($0) }
  }

  /// Admits a member without a vote. It has to be started with the list of members that this returns.
  public func addLearner(
    peerURL: String
  ) async throws(StoreError) -> (added: EtcdClusterMember, members: [EtcdClusterMember]) {
    let request = Etcd.MemberAddRequest(peerURLs: [peerURL], isLearner: true)
    let response = try await caller.write(GRPCMethod(Etcd.Cluster.memberAdd), request)
    guard let member = response.member else { throw .unfitting }
    return (EtcdClusterMember(member), response.members.map { EtcdClusterMember($0) })
  }

  /// Gives a learner its vote.
  /// - Throws: `misuse` while it has not caught up with the leader yet.
  public func promote(_ id: UInt64) async throws(StoreError) {
    _ = try await caller.write(GRPCMethod(Etcd.Cluster.memberPromote), .init(id: id))
  }

  public func remove(_ id: UInt64) async throws(StoreError) {
    _ = try await caller.write(GRPCMethod(Etcd.Cluster.memberRemove), .init(id: id))
  }

  /// How the member that calls go to is, over the connection that is there.
  func ownHealth(of endpoint: EtcdEndpoint) async throws(StoreError) -> EtcdMemberHealth {
    EtcdMemberHealth(endpoint, try await caller.read(GRPCMethod(Etcd.Maintenance.status), .init()))
  }

  /// Asks one member how it is, whichever one calls go to otherwise.
  /// - Throws: `unavailable` when it does not answer.
  public func health(
    of endpoint: EtcdEndpoint, timeout: Duration = .seconds(2)
  ) async throws(StoreError) -> EtcdMemberHealth {
    var options = GRPCConnectionConfiguration()
    options.connectTimeout = timeout
    do {
      let connection = try await GRPCConnection.connect(
        host: endpoint.host, port: endpoint.port, tls: endpoint.usesTLS ? configuration.tls : nil,
        configuration: options, group: group, logger: logger)
      let result: Result<Etcd.StatusResponse, any Error>
      do {
        result = .success(
          try await connection.unary(
            GRPCMethod(Etcd.Maintenance.status), .init(), options: GRPCCallOptions(timeout: timeout)))
      } catch {
        result = .failure(error)
      }
      await connection.close()
      return EtcdMemberHealth(endpoint, try result.get())
    } catch {
      throw StoreError(.unavailable, "\(endpoint) does not answer: \(error)", cause: error)
    }
  }
}

extension EtcdMemberHealth {
  fileprivate init(_ endpoint: EtcdEndpoint, _ status: Etcd.StatusResponse) {
    let id = status.header?.memberID ?? 0
    self.init(
      endpoint: endpoint, id: id, version: status.version, isLeader: status.leader == id && id != 0,
      isLearner: status.isLearner, leader: status.leader, raftIndex: status.raftIndex,
      databaseBytes: status.databaseBytes, errors: status.errors)
  }
}

extension EtcdClusterMember {
  init(_ member: Etcd.Member) {
    self.init(
      id: member.id, name: member.name, peerURLs: member.peerURLs, clientURLs: member.clientURLs,
      isLearner: member.isLearner)
  }
}
#endif
