#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI

/// `etcdserverpb.Cluster`, for a cluster that has one member and keeps it.
struct ClusterService: Sendable {
  let identity: MemberIdentity
  let name: String
  let clientURLs: [String]

  /// Not one of etcd's errors, because etcd has none for it; the code is one that clients do not try again.
  private static let fixed = GRPCStatus(
    .unimplemented,
    "etcdserver: edge-store is a cluster of one member, which cannot be changed; for more members run a cluster of etcd"
  )
  private static let badURLs = GRPCStatus(.invalidArgument, "etcdserver: given member URLs are invalid")
  private static let memberNotFound = GRPCStatus(.notFound, "etcdserver: member not found")

  func register(in services: inout GRPCServices) {
    services.unary(GRPCMethod(Etcd.Cluster.memberList)) { _, _ in
      // Members tell no revision here.
      Etcd.MemberListResponse(header: identity.header(.zero), members: [member])
    }
    services.unary(GRPCMethod(Etcd.Cluster.memberAdd)) { request, _ in
      throw request.peerURLs.isEmpty || !request.peerURLs.allSatisfy(Self.isPeerURL) ? Self.badURLs : Self.fixed
    }
    services.unary(GRPCMethod(Etcd.Cluster.memberRemove)) { request, _ in
      throw isKnown(request.id)
        ? GRPCStatus(.unknown, "etcdserver: re-configuration failed due to not enough started members")
        : Self.memberNotFound
    }
    services.unary(GRPCMethod(Etcd.Cluster.memberUpdate)) { request, _ in
      throw isKnown(request.id) ? Self.fixed : Self.memberNotFound
    }
    services.unary(GRPCMethod(Etcd.Cluster.memberPromote)) { request, _ in
      throw isKnown(request.id)
        ? GRPCStatus(.failedPrecondition, "etcdserver: can only promote a learner member") : Self.memberNotFound
    }
  }

  /// What etcd takes for one: a scheme, a host and its port, and no path.
  private static func isPeerURL(_ text: String) -> Bool {
    guard let separator = text.firstRange(of: "://") else { return false }
    let address = text[separator.upperBound...]
    switch text[..<separator.lowerBound] {
    case "unix", "unixs": return true
    case "http", "https": return !address.contains("/") && address.dropFirst().contains(":")
    default: return false
    }
  }

  private func isKnown(_ member: UInt64) -> Bool { member == identity.memberID }

  /// There is no port for peers; clients that show one show the clients' port.
  var member: Etcd.Member {
    Etcd.Member(id: identity.memberID, name: name, peerURLs: clientURLs, clientURLs: clientURLs)
  }
}
#endif
