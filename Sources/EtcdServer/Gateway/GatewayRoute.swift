#if Networking
import EtcdAPI

/// Which method of etcd's API a path of the gateway calls.
struct GatewayRoute: Sendable {
  enum Kind: Sendable {
    case unary
    /// One request, a stream of results.
    case results
    /// Any number of requests in one body, a stream of results.
    case streaming
  }

  let method: String
  let kind: Kind
  let request: GatewayMessage
  let response: GatewayMessage

  private init(
    _ service: String, _ name: String, _ request: GatewayMessage, _ response: GatewayMessage, _ kind: Kind = .unary
  ) {
    method = "/\(service)/\(name)"
    self.kind = kind
    self.request = request
    self.response = response
  }

  /// By path. All of them take POST alone.
  static let all: [String: GatewayRoute] = {
    var routes = keyValues
    routes.merge(leases) { first, _ in first }
    routes.merge(upkeep) { first, _ in first }
    routes.merge(concurrency) { first, _ in first }
    routes.merge(auth) { first, _ in first }
    return routes
  }()

  private static let keyValues = [
    "/v3/kv/range": GatewayRoute(Etcd.KV.service, "Range", .rangeRequest, .rangeResponse),
    "/v3/kv/put": GatewayRoute(Etcd.KV.service, "Put", .putRequest, .putResponse),
    "/v3/kv/deleterange": GatewayRoute(Etcd.KV.service, "DeleteRange", .deleteRangeRequest, .deleteRangeResponse),
    "/v3/kv/txn": GatewayRoute(Etcd.KV.service, "Txn", .transactionRequest, .transactionResponse),
    "/v3/kv/compaction": GatewayRoute(Etcd.KV.service, "Compact", .compactionRequest, .headerAlone),
    "/v3/watch": GatewayRoute(Etcd.Watch.service, "Watch", .watchRequest, .watchResponse, .streaming),
  ]

  private static let leases: [String: GatewayRoute] = {
    let revoke = GatewayRoute(Etcd.Lease.service, "LeaseRevoke", .leaseID, .headerAlone)
    let timeToLive = GatewayRoute(
      Etcd.Lease.service, "LeaseTimeToLive", .leaseTimeToLiveRequest, .leaseTimeToLiveResponse)
    let leases = GatewayRoute(Etcd.Lease.service, "LeaseLeases", .empty, .leaseLeasesResponse)
    return [
      "/v3/lease/grant": GatewayRoute(Etcd.Lease.service, "LeaseGrant", .leaseGrantRequest, .leaseGrantResponse),
      "/v3/lease/keepalive": GatewayRoute(
        Etcd.Lease.service, "LeaseKeepAlive", .leaseID, .leaseKeepAliveResponse, .streaming),
      "/v3/lease/revoke": revoke, "/v3/kv/lease/revoke": revoke, "/v3/lease/timetolive": timeToLive,
      "/v3/kv/lease/timetolive": timeToLive, "/v3/lease/leases": leases, "/v3/kv/lease/leases": leases,
    ]
  }()

  private static let upkeep = [
    "/v3/maintenance/status": GatewayRoute(Etcd.Maintenance.service, "Status", .empty, .statusResponse),
    "/v3/maintenance/alarm": GatewayRoute(Etcd.Maintenance.service, "Alarm", .alarmRequest, .alarmResponse),
    "/v3/maintenance/defragment": GatewayRoute(Etcd.Maintenance.service, "Defragment", .empty, .headerAlone),
    "/v3/maintenance/hash": GatewayRoute(Etcd.Maintenance.service, "Hash", .empty, .hashResponse),
    "/v3/maintenance/hashkv": GatewayRoute(Etcd.Maintenance.service, "HashKV", .hashKVRequest, .hashKVResponse),
    "/v3/maintenance/snapshot": GatewayRoute(
      Etcd.Maintenance.service, "Snapshot", .empty, .snapshotResponse, .results),
    "/v3/maintenance/transfer-leadership": GatewayRoute(
      Etcd.Maintenance.service, "MoveLeader", .moveLeaderRequest, .headerAlone),
    "/v3/maintenance/downgrade": GatewayRoute(
      Etcd.Maintenance.service, "Downgrade", .downgradeRequest, .downgradeResponse),
    "/v3/cluster/member/list": GatewayRoute(
      Etcd.Cluster.service, "MemberList", .memberListRequest, .memberListResponse),
    "/v3/cluster/member/add": GatewayRoute(Etcd.Cluster.service, "MemberAdd", .memberAddRequest, .memberAddResponse),
    "/v3/cluster/member/remove": GatewayRoute(Etcd.Cluster.service, "MemberRemove", .memberID, .memberListResponse),
    "/v3/cluster/member/update": GatewayRoute(
      Etcd.Cluster.service, "MemberUpdate", .memberUpdateRequest, .memberListResponse),
    "/v3/cluster/member/promote": GatewayRoute(Etcd.Cluster.service, "MemberPromote", .memberID, .memberListResponse),
  ]

  private static let concurrency = [
    "/v3/lock/lock": GatewayRoute(Etcd.Lock.service, "Lock", .lockRequest, .lockResponse),
    "/v3/lock/unlock": GatewayRoute(Etcd.Lock.service, "Unlock", .unlockRequest, .headerAlone),
    "/v3/election/campaign": GatewayRoute(Etcd.Election.service, "Campaign", .campaignRequest, .campaignResponse),
    "/v3/election/proclaim": GatewayRoute(Etcd.Election.service, "Proclaim", .proclaimRequest, .headerAlone),
    "/v3/election/leader": GatewayRoute(Etcd.Election.service, "Leader", .leaderRequest, .leaderResponse),
    "/v3/election/observe": GatewayRoute(
      Etcd.Election.service, "Observe", .leaderRequest, .leaderResponse, .results),
    "/v3/election/resign": GatewayRoute(Etcd.Election.service, "Resign", .resignRequest, .headerAlone),
  ]

  /// Known, so that they say that they are not served.
  private static let auth = Dictionary(
    uniqueKeysWithValues: [
      ("enable", "AuthEnable"), ("disable", "AuthDisable"), ("status", "AuthStatus"),
      ("authenticate", "Authenticate"), ("user/add", "UserAdd"), ("user/get", "UserGet"), ("user/list", "UserList"),
      ("user/delete", "UserDelete"), ("user/changepw", "UserChangePassword"), ("user/grant", "UserGrantRole"),
      ("user/revoke", "UserRevokeRole"), ("role/add", "RoleAdd"), ("role/get", "RoleGet"), ("role/list", "RoleList"),
      ("role/delete", "RoleDelete"), ("role/grant", "RoleGrantPermission"), ("role/revoke", "RoleRevokePermission"),
    ].map { path, name in ("/v3/auth/\(path)", GatewayRoute(Etcd.Auth.service, name, .empty, .headerAlone)) })
}
#endif
