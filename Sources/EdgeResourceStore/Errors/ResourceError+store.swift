import EdgeStore

extension ResourceError {
  /// What a failure of the store means to whoever asked for an object.
  init(_ error: StoreError) {
    let reason: Reason =
      switch error.code {
      case .compacted: .expired
      case .futureRevision: .timeout
      case .requestTooLarge, .tooManyOperations: .tooLarge
      case .noSpace: .insufficientStorage
      case .closed, .readOnly, .overloaded, .locked: .unavailable
      case .leaseNotFound: .invalid
      default: error.isRetryable ? .unavailable : .internalError
      }
    self.init(
      reason, error.message, cause: error, isRetryable: error.isRetryable || reason == .timeout,
      mayHaveBeenApplied: error.mayHaveBeenApplied)
  }
}
