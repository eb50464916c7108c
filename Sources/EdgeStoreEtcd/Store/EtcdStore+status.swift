#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import Synchronization

extension EtcdStore {
  public func status() async throws(StoreError) -> StoreStatus {
    let keys = try await range(RangeRequest(.all, countOnly: true))
    let member = try await caller.read(GRPCMethod(Etcd.Maintenance.status), Etcd.StatusRequest())
    let leases = try await leaseIDs()
    return StoreStatus(
      revision: keys.revision, compactedRevision: try await currentCompaction(), keyCount: keys.count,
      databaseBytes: member.databaseBytes, bytesWritten: 0, leaseCount: leases.count,
      writeRefusal: Self.refusal(alarms: member.errors))
  }

  /// Reads at the compaction known last: if that works, it is the newest one still.
  private func currentCompaction() async throws(StoreError) -> Revision {
    let known = knownCompaction.withLock { $0 }
    let oldest = max(known, .initial)
    do throws(StoreError) {
      let request = Etcd.RangeRequest(key: [0], revision: oldest.rawValue, countOnly: true)
      _ = try await caller.read(GRPCMethod(Etcd.KV.range), request)
      return known
    } catch {
      guard error.code == .compacted else { throw error }
      let compacted = await caller.compactedRevision(beyond: oldest) ?? known
      return knownCompaction.withLock { newest in
        newest = max(newest, compacted)
        return newest
      }
    }
  }

  /// A member tells of alarms among its errors, in words.
  private static func refusal(alarms: [String]) -> StoreError.Code? {
    if alarms.contains(where: { $0.contains("NOSPACE") }) { return .noSpace }
    if alarms.contains(where: { $0.contains("CORRUPT") }) { return .readOnly }
    return nil
  }

  /// Streams the database of one member, followed by its SHA-256, as `etcdctl snapshot save` does.
  ///
  /// Pieces come as they are read, one at a time; a lost connection makes reading fail with `unavailable`, and the snapshot
  /// has to be begun anew.
  public func snapshot() async throws(StoreError) -> StoreSnapshot {
    let link = try await caller.connections.link(before: caller.time.now() + caller.requestTimeout)
    let relay = PieceRelay()
    // Lives as long as the snapshot: the relay is cancelled at the latest when the last copy of it goes away.
    let task = Task {
      do {
        try await link.connection.streaming(GRPCMethod(Etcd.Maintenance.snapshot)) { stream in
          try await stream.requests.write(Etcd.SnapshotRequest())
          stream.endRequests()
          for try await piece in stream.responses where !piece.blob.isEmpty { try await relay.send(piece.blob) }
        }
        relay.finish(nil)
      } catch let error as GRPCCallError {
        relay.finish(StoreError.refusal(error.status) ?? .unreachable(error))
      } catch {
        relay.finish(.closed)
      }
    }
    return StoreSnapshot(
      revision: nil, totalBytes: nil, format: .etcd,
      next: { () async throws(StoreError) in try await relay.next() },
      cancel: {
        relay.cancel()
        task.cancel()
      })
  }
}
#endif
