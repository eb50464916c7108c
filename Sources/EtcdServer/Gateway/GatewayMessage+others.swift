#if Networking
// Leases, upkeep, members, locks and elections.
extension GatewayMessage {
  static let leaseGrantRequest: GatewayMessage = .init([.init(1, "TTL", .int64), .init(2, "ID", .int64)])
  static let leaseGrantResponse: GatewayMessage = .init([
    .header, .init(2, "ID", .int64), .init(3, "TTL", .int64), .init(4, "error", .string),
  ])
  static let leaseID: GatewayMessage = .init([.init(1, "ID", .int64)])
  static let leaseKeepAliveResponse: GatewayMessage = .init([.header, .init(2, "ID", .int64), .init(3, "TTL", .int64)])
  static let leaseTimeToLiveRequest: GatewayMessage = .init([.init(1, "ID", .int64), .init(2, "keys", .bool)])
  static let leaseTimeToLiveResponse: GatewayMessage = .init([
    .header, .init(2, "ID", .int64), .init(3, "TTL", .int64), .init(4, "grantedTTL", .int64),
    .list(5, "keys", .bytes),
  ])
  static let leaseLeasesResponse: GatewayMessage = .init([.header, .list(2, "leases", .message { leaseID })])

  // MARK: - Maintenance

  private static let alarmType = FieldType.enumeration(["NONE", "NOSPACE", "CORRUPT"])

  static let statusResponse: GatewayMessage = .init([
    .header, .init(2, "version", .string), .init(3, "dbSize", .int64), .init(4, "leader", .uint64),
    .init(5, "raftIndex", .uint64), .init(6, "raftTerm", .uint64), .init(7, "raftAppliedIndex", .uint64),
    .list(8, "errors", .string), .init(9, "dbSizeInUse", .int64), .init(10, "isLearner", .bool),
  ])
  static let alarmRequest: GatewayMessage = .init([
    .init(1, "action", .enumeration(["GET", "ACTIVATE", "DEACTIVATE"])), .init(2, "memberID", .uint64),
    .init(3, "alarm", alarmType),
  ])
  static let alarmMember: GatewayMessage = .init([.init(1, "memberID", .uint64), .init(2, "alarm", alarmType)])
  static let alarmResponse: GatewayMessage = .init([.header, .list(2, "alarms", .message { alarmMember })])
  static let hashResponse: GatewayMessage = .init([.header, .init(2, "hash", .uint32)])
  static let hashKVRequest: GatewayMessage = .init([.init(1, "revision", .int64)])
  static let hashKVResponse: GatewayMessage = .init([
    .header, .init(2, "hash", .uint32), .init(3, "compact_revision", .int64),
  ])
  static let snapshotResponse: GatewayMessage = .init([
    .header, .init(2, "remaining_bytes", .uint64), .init(3, "blob", .bytes),
  ])
  static let moveLeaderRequest: GatewayMessage = .init([.init(1, "targetID", .uint64)])
  static let downgradeRequest: GatewayMessage = .init([
    .init(1, "action", .enumeration(["VALIDATE", "ENABLE", "CANCEL"])), .init(2, "version", .string),
  ])
  static let downgradeResponse: GatewayMessage = .init([.header, .init(2, "version", .string)])

  // MARK: - Cluster

  static let member: GatewayMessage = .init([
    .init(1, "ID", .uint64), .init(2, "name", .string), .list(3, "peerURLs", .string),
    .list(4, "clientURLs", .string), .init(5, "isLearner", .bool),
  ])
  static let memberAddRequest: GatewayMessage = .init([.list(1, "peerURLs", .string), .init(2, "isLearner", .bool)])
  static let memberAddResponse: GatewayMessage = .init([
    .header, .init(2, "member", .message { member }), .list(3, "members", .message { member }),
  ])
  static let memberID: GatewayMessage = .init([.init(1, "ID", .uint64)])
  static let memberUpdateRequest: GatewayMessage = .init([.init(1, "ID", .uint64), .list(2, "peerURLs", .string)])
  static let memberListRequest: GatewayMessage = .init([.init(1, "linearizable", .bool)])
  static let memberListResponse: GatewayMessage = .init([.header, .list(2, "members", .message { member })])

  // MARK: - Locks and elections

  static let lockRequest: GatewayMessage = .init([.init(1, "name", .bytes), .init(2, "lease", .int64)])
  static let lockResponse: GatewayMessage = .init([.header, .init(2, "key", .bytes)])
  static let unlockRequest: GatewayMessage = .init([.init(1, "key", .bytes)])
  static let leaderKey: GatewayMessage = .init([
    .init(1, "name", .bytes), .init(2, "key", .bytes), .init(3, "rev", .int64), .init(4, "lease", .int64),
  ])
  static let campaignRequest: GatewayMessage = .init([
    .init(1, "name", .bytes), .init(2, "lease", .int64), .init(3, "value", .bytes),
  ])
  static let campaignResponse: GatewayMessage = .init([.header, .init(2, "leader", .message { leaderKey })])
  static let leaderRequest: GatewayMessage = .init([.init(1, "name", .bytes)])
  static let leaderResponse: GatewayMessage = .init([.header, .init(2, "kv", .message { keyValue })])
  static let resignRequest: GatewayMessage = .init([.init(1, "leader", .message { leaderKey })])
  static let proclaimRequest: GatewayMessage = .init([
    .init(1, "leader", .message { leaderKey }), .init(2, "value", .bytes),
  ])
}
#endif
