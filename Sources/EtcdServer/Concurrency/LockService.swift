#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI

/// `v3lockpb.Lock`: locks for clients that have no recipe for them.
struct LockService: Sendable {
  let access: StoreAccess
  let identity: MemberIdentity
  let alarms: AlarmBoard

  func register(in services: inout GRPCServices) {
    services.unary(GRPCMethod(Etcd.Lock.lock)) { request, _ in try await lock(request) }
    services.unary(GRPCMethod(Etcd.Lock.unlock)) { request, _ in
      let key = KeyRange.key(StoreKey(request.key))
      let response = try await WaitingLine(access: access, alarms: alarms, name: []).commit(
        Transaction(success: [.delete(key)]))
      return Etcd.UnlockResponse(header: identity.header(response.revision))
    }
  }

  private func lock(_ request: Etcd.LockRequest) async throws -> Etcd.LockResponse {
    let line = WaitingLine(access: access, alarms: alarms, name: request.name)
    let place = try await line.enter(try await WaitingLine.lease(request.lease, access), value: [])
    do {
      try await line.wait(for: place)
    } catch {
      await line.leave(place.key)
      throw error
    }
    // The lease may have ended while the place was not the first yet.
    let held = try await line.range(RangeRequest(.key(place.key)))
    if held.kvs.isEmpty { throw GRPCStatus(.unknown, "mutex: session is expired") }
    return Etcd.LockResponse(header: identity.header(held.revision), key: place.key.bytes)
  }
}
#endif
