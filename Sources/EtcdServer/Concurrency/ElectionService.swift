#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI

/// `v3electionpb.Election`: elections for clients that have no recipe for them.
struct ElectionService: Sendable {
  let access: StoreAccess
  let identity: MemberIdentity
  let alarms: AlarmBoard

  private static let notLeader = GRPCStatus(.unknown, "election: not leader")
  private static let noLeader = GRPCStatus(.unknown, "election: no leader")
  private static let leaderMissing = GRPCStatus(.unknown, "\"leader\" field must be provided")

  func register(in services: inout GRPCServices) {
    services.unary(GRPCMethod(Etcd.Election.campaign)) { request, _ in try await campaign(request) }
    services.unary(GRPCMethod(Etcd.Election.proclaim)) { request, _ in
      guard let leader = request.leader else { throw Self.leaderMissing }
      let lease = try await WaitingLine.lease(leader.lease, access)
      return Etcd.ProclaimResponse(
        header: identity.header(
          try await proclaim(
            request.value, StoreKey(leader.key), Revision(rawValue: leader.revision), lease, line(leader.name))))
    }
    services.unary(GRPCMethod(Etcd.Election.leader)) { request, _ in
      let (leader, revision) = try await line(request.name).first()
      guard let leader else { throw Self.noLeader }
      return Etcd.LeaderResponse(header: identity.header(revision), keyValue: Etcd.KeyValue(leader))
    }
    services.unary(GRPCMethod(Etcd.Election.resign)) { request, _ in
      guard let leader = request.leader else { throw Self.leaderMissing }
      return Etcd.ResignResponse(
        header: identity.header(
          try await resign(StoreKey(leader.key), Revision(rawValue: leader.revision), line(leader.name))))
    }
    services.streaming(GRPCMethod(Etcd.Election.observe)) { requests, responses, _ in
      guard let request = try await requests.next() else {
        throw GRPCStatus(.internalError, "an observation needs a request")
      }
      try await observe(line(request.name)) { keyValue, revision in
        try await responses.write(
          Etcd.LeaderResponse(header: identity.header(revision), keyValue: Etcd.KeyValue(keyValue)))
      }
    }
  }

  private func line(_ name: [UInt8]) -> WaitingLine { WaitingLine(access: access, alarms: alarms, name: name) }

  private func campaign(_ request: Etcd.CampaignRequest) async throws -> Etcd.CampaignResponse {
    let line = line(request.name)
    let lease = try await WaitingLine.lease(request.lease, access)
    let place = try await line.enter(lease, value: request.value)
    if let former = place.former, former.value != request.value {
      do {
        _ = try await proclaim(request.value, place.key, place.created, lease, line)
      } catch {
        _ = try? await resign(place.key, place.created, line)
        throw error
      }
    }
    do {
      try await line.wait(for: place)
    } catch {
      if Task.isCancelled { await line.leave(place.key) }
      throw error
    }
    return Etcd.CampaignResponse(
      header: identity.header(place.response.revision),
      leader: Etcd.LeaderKey(
        name: request.name, key: place.key.bytes, revision: place.created.rawValue, lease: lease.rawValue))
  }

  private func proclaim(
    _ value: [UInt8], _ key: StoreKey, _ created: Revision, _ lease: LeaseID, _ line: WaitingLine
  ) async throws -> Revision {
    let response = try await line.commit(
      Transaction(
        compares: [.createRevision(of: key, .equal, created)],
        success: [.put(PutRequest(key: key, value: value, lease: lease))]))
    guard response.succeeded else { throw Self.notLeader }
    return response.revision
  }

  private func resign(_ key: StoreKey, _ created: Revision, _ line: WaitingLine) async throws -> Revision {
    try await line.commit(
      Transaction(compares: [.createRevision(of: key, .equal, created)], success: [.delete(.key(key))])
    ).revision
  }

  /// Tells who leads, whenever somebody is elected or proclaims something else, until the task is cancelled.
  private func observe(
    _ line: WaitingLine, _ tell: (KeyValue, Revision) async throws -> Void
  ) async throws {
    while true {
      var (leader, revision) = try await line.first()
      if leader == nil {
        // The first key that comes into the line.
        try await follow(line.keys, after: revision) { event in
          guard event.kind == .put else { return true }
          (leader, revision) = (event.keyValue, event.keyValue.modRevision)
          return false
        }
      }
      guard let known = leader else { continue }
      try await tell(known, revision)
      try await follow(.key(known.key), after: revision) { event in
        if event.kind == .delete { return false }
        try await tell(event.keyValue, event.keyValue.modRevision)
        return true
      }
    }
  }

  /// - Parameter body: says whether it wants to see more.
  private func follow(
    _ keys: KeyRange, after revision: Revision, _ body: (StoreEvent) async throws -> Bool
  ) async throws {
    let watch = try await WaitingLine.attempt { () async throws(StoreError) in
      try await access.store.watch(WatchRequest(keys, startRevision: revision.next))
    }
    defer { watch.cancel() }
    var iterator = watch.makeAsyncIterator()
    while true {
      var batch: WatchBatch?
      do throws(StoreError) { batch = try await iterator.next() } catch {
        // What was missed is looked up anew.
        guard error.code == .compacted else { throw GRPCStatus(error) }
        return
      }
      guard let batch else {
        try Task.checkCancellation()
        throw GRPCStatus(.stopped)
      }
      for event in batch.events where try await !body(event) { return }
    }
  }
}

extension Etcd.KeyValue {
  fileprivate init(_ keyValue: KeyValue) {
    self.init(
      key: keyValue.key.bytes, createRevision: keyValue.createRevision.rawValue,
      modRevision: keyValue.modRevision.rawValue, version: keyValue.version, value: keyValue.value,
      lease: keyValue.lease.rawValue)
  }
}
#endif
