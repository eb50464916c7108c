#if SQLite
import EdgeStore

/// Something a caller waits for the writer to do.
enum WriteRequest: Sendable {
  typealias Reply<Output: Sendable> = CheckedContinuation<Result<Output, StoreError>, Never>

  /// Commits are many, and their callers not always tasks.
  typealias CommitReply = @Sendable (Result<TransactionResponse, StoreError>) -> Void

  case commit(Transaction, CommitReply)
  case compact(Revision, Reply<Void>)
  /// Without an id the writer chooses one, because only it knows which are free.
  case grant(LeaseID, Duration, Reply<Lease>)
  case revoke(LeaseID, Reply<Revision>)
  /// Writes the heartbeats that are overdue.
  case settle(Reply<Void>?)

  func fail(_ error: StoreError) {
    switch self {
    case .commit(_, let reply): reply(.failure(error))
    case .compact(_, let reply): reply.resume(returning: .failure(error))
    case .grant(_, _, let reply): reply.resume(returning: .failure(error))
    case .revoke(_, let reply): reply.resume(returning: .failure(error))
    case .settle(let reply): reply?.resume(returning: .failure(error))
    }
  }
}

/// A request with what came of it; it is held back until the group it belongs to is on the disk.
enum WriteOutcome: Sendable {
  case committed(TransactionResponse, WriteRequest.CommitReply)
  case compacted(WriteRequest.Reply<Void>)
  case granted(Lease, WriteRequest.Reply<Lease>)
  case revoked(Revision, WriteRequest.Reply<Revision>)
  case settled(WriteRequest.Reply<Void>?)
  case refused(WriteRequest, StoreError)

  func reply() {
    switch self {
    case .committed(let response, let reply): reply(.success(response))
    case .compacted(let reply): reply.resume(returning: .success(()))
    case .granted(let lease, let reply): reply.resume(returning: .success(lease))
    case .revoked(let revision, let reply): reply.resume(returning: .success(revision))
    case .settled(let reply): reply?.resume(returning: .success(()))
    case .refused(let request, let error): request.fail(error)
    }
  }
}
#endif
