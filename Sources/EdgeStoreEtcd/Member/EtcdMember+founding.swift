#if Networking && canImport(Glibc)
import EdgeIdentity
import EdgePrimitives
import EdgeStore
import Logging
import NIOCore

extension EtcdMember {
  /// The first member of a new cluster; one that is there already goes on as what it is.
  ///
  /// - Throws: ``EtcdClusterError`` with `misconfigured` when the directory belongs to another member, `io`; `IdentityError`.
  public static func initialize(
    _ configuration: EtcdMemberConfiguration, group: any EventLoopGroup, entropy: any EntropySource = SystemEntropy(),
    logger: Logger
  ) throws -> EtcdMember {
    let record =
      try existing(configuration)
      ?? MemberRecord(
        name: configuration.name, peerURL: configuration.peer.description,
        initialCluster: "\(configuration.name)=\(configuration.peer)", joinedExisting: false, endpoints: [])
    return try make(configuration, record, group: group, entropy: entropy, logger: logger)
  }

  /// A further member, admitted through the client port of a running one. It starts as a learner and gets its vote when
  /// it has caught up.
  ///
  /// The directory must hold the cluster's `tls/`, copied from another machine, if the cluster has certificates.
  /// - Throws: as ``initialize(_:group:entropy:logger:)``, and `unavailable` or `refused` by the cluster.
  public static func join(
    _ configuration: EtcdMemberConfiguration, through endpoints: [EtcdEndpoint], group: any EventLoopGroup,
    entropy: any EntropySource = SystemEntropy(), logger: Logger
  ) async throws -> EtcdMember {
    if let record = try existing(configuration) {
      return try make(configuration, record, group: group, entropy: entropy, logger: logger)
    }
    var tls = EtcdStoreConfiguration(endpoints: endpoints)
    if endpoints.contains(where: \.usesTLS) {
      guard FileTree.exists("\(configuration.directory)/tls/client-ca/ca.key") else {
        throw EtcdClusterError(.misconfigured, "\(configuration.directory)/tls must be copied from another member")
      }
      let certificates = try ClusterCertificates.loadOrCreate(memberDirectory: configuration.directory)
      try certificates.issue(for: configuration)
      tls.tls = try EtcdTLS.client(authorityPEM: certificates.clientAuthorityPEM, identity: certificates.client)
    }
    let cluster = EtcdCluster(configuration: tls, group: group, logger: logger)
    let admission: MemberAdmission
    do {
      admission = try await cluster.admit(name: configuration.name, peerURL: configuration.peer.description)
    } catch {
      await cluster.close()
      throw error
    }
    await cluster.close()
    return try make(
      configuration, MemberRecord(admission, configuration), group: group, entropy: entropy, logger: logger)
  }

  static func existing(_ configuration: EtcdMemberConfiguration) throws -> MemberRecord? {
    try configuration.validate()
    try DurableFile.makeDirectory(configuration.directory)
    guard let record = try MemberRecord.load(directory: configuration.directory) else { return nil }
    guard record.name == configuration.name, record.peerURL == configuration.peer.description else {
      throw EtcdClusterError(
        .misconfigured, "\(configuration.directory) belongs to member \(record.name) at \(record.peerURL)")
    }
    return record
  }

  static func make(
    _ configuration: EtcdMemberConfiguration, _ record: MemberRecord, group: any EventLoopGroup,
    entropy: any EntropySource, logger: Logger
  ) throws -> EtcdMember {
    for directory in [configuration.dataDirectory, configuration.snapshotDirectory] {
      try DurableFile.makeDirectory(directory)
    }
    let usesTLS = configuration.peer.usesTLS || configuration.client.usesTLS
    let certificates =
      usesTLS ? try ClusterCertificates.loadOrCreate(memberDirectory: configuration.directory) : nil
    try certificates?.issue(for: configuration)
    try record.save(directory: configuration.directory)
    return EtcdMember(
      configuration, record: record, certificates: certificates, group: group, entropy: entropy, logger: logger)
  }
}

/// What a member needs to know to start in a cluster that admits it.
struct MemberAdmission: Hashable, Sendable {
  /// `name=url,...` of all members, the new one included.
  var initialCluster: String
  var endpoints: [String]
}

extension MemberRecord {
  init(_ admission: MemberAdmission, _ configuration: EtcdMemberConfiguration) {
    self.init(
      name: configuration.name, peerURL: configuration.peer.description, initialCluster: admission.initialCluster,
      joinedExisting: true, endpoints: admission.endpoints)
  }
}

extension EtcdCluster {
  /// Admits a learner, once: a member that was admitted and never started is the same one asking again.
  func admit(name: String, peerURL: String) async throws -> MemberAdmission {
    do {
      var members = try await members()
      if let known = members.first(where: { $0.peerURLs.contains(peerURL) }) {
        guard known.name.isEmpty else {
          throw EtcdClusterError(.refused, "\(peerURL) belongs to member \(known.name) already; remove that one first")
        }
      } else {
        if members.contains(where: { $0.name == name }) {
          throw EtcdClusterError(.refused, "there is a member \(name) already; remove that one first")
        }
        members = try await addLearner(peerURL: peerURL).members
      }
      let cluster = members.flatMap { member in
        member.peerURLs.map { "\(member.peerURLs.contains(peerURL) ? name : member.name)=\($0)" }
      }
      return MemberAdmission(
        initialCluster: cluster.joined(separator: ","),
        endpoints: members.filter { !$0.isLearner }.flatMap(\.clientURLs))
    } catch let error as StoreError {
      // One learner at a time, and enough healthy members: both pass.
      throw EtcdClusterError(.unavailable, "the cluster does not admit \(name) at present", cause: error)
    }
  }
}
#endif
