#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI

extension Etcd.Failure {
  /// What etcd says where a store says `error`.
  init(_ error: StoreError) {
    self =
      switch error.code {
      case .compacted: .compacted
      case .futureRevision: .futureRevision
      case .keyNotProvided: .emptyKey
      case .keyNotFound: .keyNotFound
      case .valueProvided: .valueProvided
      case .leaseProvided: .leaseProvided
      case .leaseNotFound: .leaseNotFound
      case .leaseExists: .leaseExists
      case .leaseTTLTooLarge: .leaseTTLTooLarge
      case .duplicateKey: .duplicateKey
      case .tooManyOperations: .tooManyOperations
      case .requestTooLarge: .requestTooLarge
      case .overloaded: .tooManyRequests
      case .noSpace: .noSpace
      case .damaged: .corrupt
      // The one answer of etcd's that leaves open whether a write took place.
      case .io: .timeout
      // Nothing is written until an operator has looked at the disk; another endpoint may do better.
      case .readOnly: .unhealthy
      default: .stopped
      }
  }
}

extension GRPCStatus {
  init(_ failure: Etcd.Failure) { self.init(Code(rawValue: failure.code), failure.message) }

  init(_ error: StoreError) { self.init(Etcd.Failure(error)) }
}

/// Runs a call of a store inside a handler; its error becomes etcd's.
func answering<Output>(_ call: () async throws(StoreError) -> Output) async throws(GRPCStatus) -> Output {
  do { return try await call() } catch { throw GRPCStatus(error) }
}
#endif
