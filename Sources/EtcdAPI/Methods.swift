import EdgeProtobuf

extension Etcd {
  public enum KV {
    public static let service = "etcdserverpb.KV"
    public static let range = ProtobufMethod<RangeRequest, RangeResponse>(service: service, name: "Range")
    public static let put = ProtobufMethod<PutRequest, PutResponse>(service: service, name: "Put")
    public static let deleteRange = ProtobufMethod<DeleteRangeRequest, DeleteRangeResponse>(
      service: service, name: "DeleteRange")
    public static let transaction = ProtobufMethod<TransactionRequest, TransactionResponse>(
      service: service, name: "Txn")
    public static let compact = ProtobufMethod<CompactionRequest, CompactionResponse>(service: service, name: "Compact")
  }

  public enum Watch {
    public static let service = "etcdserverpb.Watch"
    /// Streams both ways.
    public static let watch = ProtobufMethod<WatchRequest, WatchResponse>(service: service, name: "Watch")
  }

  public enum Lease {
    public static let service = "etcdserverpb.Lease"
    public static let grant = ProtobufMethod<LeaseGrantRequest, LeaseGrantResponse>(
      service: service, name: "LeaseGrant")
    public static let revoke = ProtobufMethod<LeaseRevokeRequest, LeaseRevokeResponse>(
      service: service, name: "LeaseRevoke")
    /// Streams both ways.
    public static let keepAlive = ProtobufMethod<LeaseKeepAliveRequest, LeaseKeepAliveResponse>(
      service: service, name: "LeaseKeepAlive")
    public static let timeToLive = ProtobufMethod<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse>(
      service: service, name: "LeaseTimeToLive")
    public static let leases = ProtobufMethod<LeaseLeasesRequest, LeaseLeasesResponse>(
      service: service, name: "LeaseLeases")
  }

  public enum Cluster {
    public static let service = "etcdserverpb.Cluster"
    public static let memberAdd = ProtobufMethod<MemberAddRequest, MemberAddResponse>(
      service: service, name: "MemberAdd")
    public static let memberRemove = ProtobufMethod<MemberRemoveRequest, MemberRemoveResponse>(
      service: service, name: "MemberRemove")
    public static let memberUpdate = ProtobufMethod<MemberUpdateRequest, MemberUpdateResponse>(
      service: service, name: "MemberUpdate")
    public static let memberList = ProtobufMethod<MemberListRequest, MemberListResponse>(
      service: service, name: "MemberList")
    public static let memberPromote = ProtobufMethod<MemberPromoteRequest, MemberPromoteResponse>(
      service: service, name: "MemberPromote")
  }

  public enum Maintenance {
    public static let service = "etcdserverpb.Maintenance"
    public static let alarm = ProtobufMethod<AlarmRequest, AlarmResponse>(service: service, name: "Alarm")
    public static let status = ProtobufMethod<StatusRequest, StatusResponse>(service: service, name: "Status")
    public static let defragment = ProtobufMethod<DefragmentRequest, DefragmentResponse>(
      service: service, name: "Defragment")
    public static let hash = ProtobufMethod<HashRequest, HashResponse>(service: service, name: "Hash")
    public static let hashKV = ProtobufMethod<HashKVRequest, HashKVResponse>(service: service, name: "HashKV")
    /// One request, a stream of responses.
    public static let snapshot = ProtobufMethod<SnapshotRequest, SnapshotResponse>(service: service, name: "Snapshot")
    public static let moveLeader = ProtobufMethod<MoveLeaderRequest, MoveLeaderResponse>(
      service: service, name: "MoveLeader")
    public static let downgrade = ProtobufMethod<DowngradeRequest, DowngradeResponse>(
      service: service, name: "Downgrade")
  }

  /// Only named: a server without users answers each of them UNIMPLEMENTED.
  public enum Auth {
    public static let service = "etcdserverpb.Auth"
    public static let methods = [
      "AuthEnable", "AuthDisable", "AuthStatus", "Authenticate", "UserAdd", "UserGet", "UserList", "UserDelete",
      "UserChangePassword", "UserGrantRole", "UserRevokeRole", "RoleAdd", "RoleGet", "RoleList", "RoleDelete",
      "RoleGrantPermission", "RoleRevokePermission",
    ]
  }
}
