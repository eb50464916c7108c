#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI

/// `etcdserverpb.Lease`
struct LeaseService: Sendable {
  let access: StoreAccess
  let identity: MemberIdentity
  let alarms: AlarmBoard

  func register(in services: inout GRPCServices) {
    services.unary(GRPCMethod(Etcd.Lease.grant)) { request, _ in
      if let refusal = alarms.refusal(puts: true) { throw GRPCStatus(refusal) }
      // As a duration of more seconds than fit would trap.
      if request.ttl > Lease.maximumTimeToLive.components.seconds { throw GRPCStatus(.leaseTTLTooLarge) }
      let lease = try await answering { () async throws(StoreError) in
        try await access.store.grantLease(
          LeaseID(rawValue: request.id), timeToLive: .seconds(max(request.ttl, 0)))
      }
      return Etcd.LeaseGrantResponse(
        header: try await header(), id: lease.id.rawValue, ttl: lease.timeToLive.components.seconds)
    }
    services.unary(GRPCMethod(Etcd.Lease.revoke)) { request, _ in
      if let refusal = alarms.refusal(puts: false) { throw GRPCStatus(refusal) }
      let revision = try await answering { () async throws(StoreError) in
        try await access.store.revokeLease(LeaseID(rawValue: request.id))
      }
      return Etcd.LeaseRevokeResponse(header: identity.header(revision))
    }
    services.streaming(GRPCMethod(Etcd.Lease.keepAlive)) { requests, responses, _ in
      while let request = try await requests.next() { try await responses.write(try await keepAlive(request)) }
    }
    services.unary(GRPCMethod(Etcd.Lease.timeToLive)) { request, _ in
      let status = try await answering { () async throws(StoreError) in
        try await access.store.leaseStatus(LeaseID(rawValue: request.id))
      }
      guard let status else {
        return Etcd.LeaseTimeToLiveResponse(header: try await header(), id: request.id, ttl: -1)
      }
      return Etcd.LeaseTimeToLiveResponse(
        header: try await header(), id: request.id, ttl: status.remaining.components.seconds,
        grantedTTL: status.lease.timeToLive.components.seconds,
        keys: request.keys ? status.keys.map(\.bytes) : [])
    }
    services.unary(GRPCMethod(Etcd.Lease.leases)) { _, _ in
      let leases = try await answering { () async throws(StoreError) in try await access.store.leases() }
      return Etcd.LeaseLeasesResponse(
        header: try await header(), leases: leases.map { Etcd.LeaseStatus(id: $0.id.rawValue) })
    }
  }

  /// A lease that is not there is no error here, but a time to live of 0.
  private func keepAlive(_ request: Etcd.LeaseKeepAliveRequest) async throws -> Etcd.LeaseKeepAliveResponse {
    var seconds: Int64 = 0
    do throws(StoreError) {
      let lease = try await access.store.keepLeaseAlive(LeaseID(rawValue: request.id))
      seconds = lease.timeToLive.components.seconds
    } catch {
      guard error.code == .leaseNotFound else { throw GRPCStatus(error) }
    }
    return Etcd.LeaseKeepAliveResponse(header: try await header(), id: request.id, ttl: seconds)
  }

  private func header() async throws -> Etcd.ResponseHeader {
    identity.header(try await answering { () async throws(StoreError) in try await access.currentRevision() })
  }
}
#endif
