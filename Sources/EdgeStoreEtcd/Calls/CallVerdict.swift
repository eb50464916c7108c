#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI

/// What a call does to the store when it is made twice.
enum CallKind: Hashable, Sendable {
  /// Nothing: it may be repeated, on another member too.
  case read
  /// Something: it may only be repeated after a failure that proves that it was not applied.
  case write
}

/// What to do about a call that failed.
///
/// | failure | read | write |
/// |---|---|---|
/// | a refusal of etcd's (``StoreError/refusal(_:)``) | told | told |
/// | the request never reached a handler; the member has no leader, is no leader, is a learner, or dropped the proposal | again elsewhere | again elsewhere |
/// | connection lost, stream reset, time out at the member, member stopping, leader changed | again elsewhere | `outcomeUnknown` |
/// | the deadline of the whole call | `unavailable` | `outcomeUnknown` |
enum CallVerdict: Sendable {
  /// The call is over; the member is well.
  case fail(StoreError)
  /// The call is over, and the member is to be left for a while.
  case failLeavingMember(StoreError)
  /// Leave the member for a while and make the call again.
  case tryElsewhere

  init(_ error: GRPCCallError, _ kind: CallKind) {
    switch error.effect {
    case .none:
      // What cannot be helped by another member is told.
      if error.code != .unavailable, let refusal = StoreError.refusal(error.status) {
        self = .fail(refusal)
      } else {
        self = .tryElsewhere
      }
    case .unknown:
      if error.code == .resourceExhausted && kind == .read {
        self = .fail(StoreError(.overloaded, error.message, cause: error))
      } else if error.code == .deadlineExceeded {
        self = .failLeavingMember(kind == .read ? .unreachable(error) : .outcomeUnknown(error))
      } else {
        self = kind == .read ? .tryElsewhere : .failLeavingMember(.outcomeUnknown(error))
      }
    case .answered:
      if let refusal = StoreError.refusal(error.status) {
        self = .fail(refusal)
      } else if error.code == .internalError && kind == .read {
        // An answer that cannot be understood does not become better on another member.
        self = .fail(StoreError(.damaged, error.message, cause: error))
      } else if kind == .read || Self.provesNotApplied.contains(error.message) {
        self = .tryElsewhere
      } else {
        self = .failLeavingMember(.outcomeUnknown(error))
      }
    }
  }

  /// Said before anything is proposed to the cluster. "request timed out" and "server stopped" are not among them: the
  /// proposal may be on its way then.
  private static let provesNotApplied: Set<String> = [
    Etcd.Failure.noLeader.message, Etcd.Failure.notLeader.message,
    // Of changes of membership: the cluster is not whole enough for them.
    Etcd.Failure.unhealthy.message,
    "etcdserver: rpc not supported for learner", "etcdserver: not capable", "raft proposal dropped",
    "raft: proposal dropped",
  ]
}

extension StoreError {
  static func outcomeUnknown(_ cause: any Error) -> StoreError {
    StoreError(
      .outcomeUnknown, "the write was sent, but whether it was applied is not known: \(cause)", cause: cause)
  }
}
#endif
