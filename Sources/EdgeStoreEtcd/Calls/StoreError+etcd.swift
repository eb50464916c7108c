#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI

extension StoreError {
  /// What etcd's own refusals mean in the store's words; nil for texts that speak of the member's state instead.
  ///
  /// Clients of etcd tell its errors apart by their texts (`api/v3rpc/rpctypes/error.go`).
  static func refusal(_ status: GRPCStatus) -> StoreError? {
    if let code = refusals[status.message] { return StoreError(code, status.message, cause: status) }
    switch status.code {
    case .unauthenticated, .permissionDenied: return StoreError(.denied, status.message, cause: status)
    case .unimplemented: return StoreError(.incompatible, "the server cannot do this: \(status.message)", cause: status)
    case .dataLoss: return StoreError(.damaged, status.message, cause: status)
    // The server has judged the request itself; sending it again would change nothing.
    case .invalidArgument, .outOfRange, .notFound, .alreadyExists:
      return StoreError(.misuse, status.message, cause: status)
    case .failedPrecondition where status.message != Etcd.Failure.notLeader.message:
      return StoreError(.misuse, status.message, cause: status)
    case .resourceExhausted: return StoreError(.overloaded, status.message, cause: status)
    default: return nil
    }
  }

  private static let refusals: [String: Code] = [
    Etcd.Failure.compacted.message: .compacted,
    Etcd.Failure.futureRevision.message: .futureRevision,
    Etcd.Failure.emptyKey.message: .keyNotProvided,
    Etcd.Failure.keyNotFound.message: .keyNotFound,
    Etcd.Failure.valueProvided.message: .valueProvided,
    Etcd.Failure.leaseProvided.message: .leaseProvided,
    Etcd.Failure.tooManyOperations.message: .tooManyOperations,
    Etcd.Failure.duplicateKey.message: .duplicateKey,
    Etcd.Failure.invalidSortOption.message: .misuse,
    Etcd.Failure.requestTooLarge.message: .requestTooLarge,
    Etcd.Failure.leaseTTLTooLarge.message: .leaseTTLTooLarge,
    Etcd.Failure.leaseNotFound.message: .leaseNotFound,
    Etcd.Failure.leaseExists.message: .leaseExists,
    Etcd.Failure.noSpace.message: .noSpace,
    Etcd.Failure.tooManyRequests.message: .overloaded,
    Etcd.Failure.clusterIDMismatch.message: .incompatible,
    Etcd.Failure.corrupt.message: .damaged,
    "etcdserver: user name is empty": .denied,
    "etcdserver: user name not found": .denied,
    "etcdserver: authentication failed, invalid user ID or password": .denied,
    "etcdserver: authentication is not enabled": .denied,
    "etcdserver: permission denied": .denied,
    "etcdserver: invalid auth token": .denied,
    "etcdserver: revision of auth store is old": .denied,
  ]
}
#endif
