#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI

/// `etcdserverpb.Maintenance`
struct MaintenanceService: Sendable {
  let access: StoreAccess
  let identity: MemberIdentity
  let alarms: AlarmBoard
  let version: String

  func register(in services: inout GRPCServices) {
    services.unary(GRPCMethod(Etcd.Maintenance.status)) { _, _ in
      let status = try await storeStatus()
      return Etcd.StatusResponse(
        header: identity.header(status.revision), version: version, databaseBytes: max(status.databaseBytes, 1),
        leader: identity.memberID, raftIndex: UInt64(status.revision.rawValue), raftTerm: identity.raftTerm,
        raftAppliedIndex: UInt64(status.revision.rawValue), errors: activeAlarms(status).map(describe),
        databaseBytesInUse: max(status.databaseBytes, 1))
    }
    services.unary(GRPCMethod(Etcd.Maintenance.alarm)) { request, _ in try await alarm(request) }
    services.unary(GRPCMethod(Etcd.Maintenance.defragment)) { _, _ in
      // The store gives free pages back by itself, in small steps; there is nothing to stop the world for.
      Etcd.DefragmentResponse(header: identity.header(try await storeStatus().revision))
    }
    services.unary(GRPCMethod(Etcd.Maintenance.moveLeader)) { request, _ in
      guard request.targetID == identity.memberID else {
        throw GRPCStatus(.failedPrecondition, "etcdserver: bad leader transferee")
      }
      return Etcd.MoveLeaderResponse(header: identity.header(try await storeStatus().revision))
    }
  }

  private func storeStatus() async throws -> StoreStatus {
    try await answering { () async throws(StoreError) in try await access.store.status() }
  }

  private func alarm(_ request: Etcd.AlarmRequest) async throws -> Etcd.AlarmResponse {
    let status = try await storeStatus()
    let header = identity.header(status.revision)
    func members(_ types: Set<Etcd.AlarmType>) -> [Etcd.AlarmMember] {
      types.sorted { $0.rawValue < $1.rawValue }.map { Etcd.AlarmMember(memberID: identity.memberID, alarm: $0) }
    }
    switch request.action {
    case .get:
      let active = activeAlarms(status)
      return Etcd.AlarmResponse(
        header: header, alarms: members(request.alarm == .none ? active : active.intersection([request.alarm])))
    case .activate:
      if request.alarm == .none { return Etcd.AlarmResponse(header: header) }
      _ = try alarms.raise(request.alarm)
      return Etcd.AlarmResponse(header: header, alarms: members([request.alarm]))
    case .deactivate:
      let lowered = try alarms.lower(request.alarm)
      return Etcd.AlarmResponse(header: header, alarms: lowered ? members([request.alarm]) : [])
    default: return Etcd.AlarmResponse(header: header)
    }
  }

  private func activeAlarms(_ status: StoreStatus) -> Set<Etcd.AlarmType> {
    status.writeRefusal == .noSpace ? alarms.all.union([.noSpace]) : alarms.all
  }

  private func describe(_ alarm: Etcd.AlarmType) -> String {
    let name =
      switch alarm {
      case .noSpace: "NOSPACE"
      case .corrupt: "CORRUPT"
      default: String(alarm.rawValue)
      }
    return "memberID:\(identity.memberID) alarm:\(name)"
  }
}
#endif
