#if Networking
import EdgeGRPC
import EdgePrimitives
import EdgeStore
import EtcdAPI

extension EtcdStore {
  public func grantLease(_ id: LeaseID, timeToLive: Duration) async throws(StoreError) -> Lease {
    let seconds = try Lease.accepted(timeToLive: timeToLive).components.seconds
    // An id chosen here, not by the server, makes the grant safe to repeat: only this call can have made that lease.
    if id == .none { return try await grant(ownID: LeaseID(rawValue: Int64(entropy.next() >> 1) | 1), seconds) }
    let request = Etcd.LeaseGrantRequest(ttl: seconds, id: id.rawValue)
    return Lease(try await caller.write(GRPCMethod(Etcd.Lease.grant), request))
  }

  private func grant(ownID id: LeaseID, _ seconds: Int64) async throws(StoreError) -> Lease {
    let request = Etcd.LeaseGrantRequest(ttl: seconds, id: id.rawValue)
    let method = GRPCMethod(Etcd.Lease.grant)
    do throws(StoreError) {
      return Lease(try await caller.write(method, request))
    } catch {
      guard error.code == .outcomeUnknown, !Task.isCancelled else { throw error }
      do throws(StoreError) {
        return Lease(try await caller.write(method, request))
      } catch {
        // The first attempt did it.
        guard error.code == .leaseExists, let status = try await leaseStatus(id) else { throw error }
        return status.lease
      }
    }
  }

  @discardableResult
  public func revokeLease(_ id: LeaseID) async throws(StoreError) -> Revision {
    let response = try await caller.write(GRPCMethod(Etcd.Lease.revoke), Etcd.LeaseRevokeRequest(id: id.rawValue))
    return Revision(rawValue: response.header?.revision ?? 0)
  }

  @discardableResult
  public func keepLeaseAlive(_ id: LeaseID) async throws(StoreError) -> Lease {
    let request = Etcd.LeaseKeepAliveRequest(id: id.rawValue)
    let response = try await caller.read(
      streaming: GRPCMethod(Etcd.Lease.keepAlive)
    ) { stream -> Etcd.LeaseKeepAliveResponse? in
      try await stream.requests.write(request)
      return try await stream.responses.next()
    }
    guard let response else { throw .unfitting }
    if response.ttl <= 0 { throw .leaseNotFound(id) }
    return Lease(id: id, timeToLive: .seconds(response.ttl))
  }

  public func leaseStatus(_ id: LeaseID) async throws(StoreError) -> LeaseStatus? {
    let request = Etcd.LeaseTimeToLiveRequest(id: id.rawValue, keys: true)
    let response: Etcd.LeaseTimeToLiveResponse
    do throws(StoreError) {
      response = try await caller.read(GRPCMethod(Etcd.Lease.timeToLive), request)
    } catch {
      if error.code == .leaseNotFound { return nil }
      throw error
    }
    guard response.ttl >= 0, response.grantedTTL > 0 else { return nil }
    return LeaseStatus(
      lease: Lease(id: id, timeToLive: .seconds(response.grantedTTL)),
      // etcd leaves the begun second out.
      remaining: .seconds(min(response.ttl + 1, response.grantedTTL)),
      keys: response.keys.map { StoreKey($0) }.sorted())
  }

  /// etcd tells ids only, so each lease costs a call; those that end meanwhile are left out.
  public func leases() async throws(StoreError) -> [Lease] {
    var leases: [Lease] = []
    for id in try await leaseIDs() {
      if let status = try await leaseStatus(id) { leases.append(status.lease) }
    }
    return leases
  }

  func leaseIDs() async throws(StoreError) -> [LeaseID] {
    // A member lists what it has applied itself; reading from it first makes it catch up with the cluster.
    _ = try await caller.currentRevision()
    let response = try await caller.read(GRPCMethod(Etcd.Lease.leases), Etcd.LeaseLeasesRequest())
    return response.leases.map { LeaseID(rawValue: $0.id) }
  }
}

extension Lease {
  fileprivate init(_ response: Etcd.LeaseGrantResponse) {
    self.init(id: LeaseID(rawValue: response.id), timeToLive: .seconds(response.ttl))
  }
}
#endif
