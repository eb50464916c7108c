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
      // This answer and that of a change of leaders have no header in etcd.
      Etcd.DefragmentResponse()
    }
    services.unary(GRPCMethod(Etcd.Maintenance.moveLeader)) { request, _ in
      guard request.targetID == identity.memberID else {
        throw GRPCStatus(.failedPrecondition, "etcdserver: bad leader transferee")
      }
      return Etcd.MoveLeaderResponse()
    }
    services.unary(GRPCMethod(Etcd.Maintenance.downgrade)) { request, _ in try await downgrade(request) }
    services.unary(GRPCMethod(Etcd.Maintenance.hash)) { _, _ in
      let hash = try await ContentHash.compute(access, at: nil)
      return Etcd.HashResponse(header: identity.header(hash.current), hash: hash.value)
    }
    services.unary(GRPCMethod(Etcd.Maintenance.hashKV)) { request, _ in
      let hash = try await ContentHash.compute(
        access, at: request.revision > 0 ? Revision(rawValue: request.revision) : nil)
      let compacted = try await storeStatus().compactedRevision
      return Etcd.HashKVResponse(
        header: identity.header(hash.current), hash: hash.value,
        // etcd's word for "never".
        compactRevision: compacted == .zero ? -1 : compacted.rawValue, hashRevision: hash.revision.rawValue)
    }
    services.streaming(GRPCMethod(Etcd.Maintenance.snapshot)) { requests, responses, _ in
      guard try await requests.next() != nil else { throw GRPCStatus(.internalError, "a snapshot needs a request") }
      try await SnapshotStream(store: access.store, identity: identity, version: version).send(to: responses)
    }
  }

  /// A single member of this version answers so; there is nothing to downgrade to.
  private func downgrade(_ request: Etcd.DowngradeRequest) async throws -> Etcd.DowngradeResponse {
    switch request.action {
    case .validate, .enable:
      let parts = request.version.split(separator: ".", omittingEmptySubsequences: false).map { UInt($0) }
      guard (2...3).contains(parts.count), !parts.contains(nil) else {
        throw GRPCStatus(.invalidArgument, "etcdserver: wrong downgrade target version format")
      }
      guard parts[0] == 3, parts[1] == 4 else {
        throw GRPCStatus(.invalidArgument, "etcdserver: invalid downgrade target version")
      }
      guard request.action == .validate else {
        throw GRPCStatus(.unimplemented, "etcdserver: edge-store does not downgrade")
      }
      return Etcd.DowngradeResponse(header: identity.header(try await storeStatus().revision), version: "3.5.0")
    case .cancel: throw GRPCStatus(.failedPrecondition, "etcdserver: no inflight downgrade job")
    default: throw GRPCStatus(.unknown, "etcdserver: unknown method")
    }
  }

  private func storeStatus() async throws -> StoreStatus {
    try await answering { () async throws(StoreError) in try await access.store.status() }
  }

  private func alarm(_ request: Etcd.AlarmRequest) async throws -> Etcd.AlarmResponse {
    let status = try await storeStatus()
    let header = identity.header(status.revision)
    let alarm = Etcd.AlarmMember(memberID: request.memberID, alarm: request.alarm)
    switch request.action {
    case .get:
      return Etcd.AlarmResponse(
        header: header, alarms: activeAlarms(status).filter { request.alarm == .none || $0.alarm == request.alarm })
    case .activate:
      if request.alarm == .none { return Etcd.AlarmResponse(header: header) }
      do { try alarms.raise(alarm) } catch let failure as Etcd.Failure { throw GRPCStatus(failure) }
      return Etcd.AlarmResponse(header: header, alarms: [alarm])
    case .deactivate: return Etcd.AlarmResponse(header: header, alarms: try alarms.lower(alarm) ? [alarm] : [])
    default: return Etcd.AlarmResponse(header: header)
    }
  }

  private func activeAlarms(_ status: StoreStatus) -> [Etcd.AlarmMember] {
    let own = Etcd.AlarmMember(memberID: identity.memberID, alarm: .noSpace)
    let raised = alarms.all
    return status.writeRefusal == .noSpace && !raised.contains(own) ? raised + [own] : raised
  }

  private func describe(_ alarm: Etcd.AlarmMember) -> String {
    let name =
      switch alarm.alarm {
      case .noSpace: "NOSPACE"
      case .corrupt: "CORRUPT"
      default: String(alarm.alarm.rawValue)
      }
    // With the space behind it, as etcd's generated code has it.
    return "memberID:\(alarm.memberID) alarm:\(name) "
  }
}
#endif
