import EdgeStore

extension APIError {
  /// What a failure of the store means to a caller of the API.
  init(_ error: StoreError) {
    switch error.code {
    case .compacted:
      self.init(.expired, "too old resource version: \(error.message)", cause: error)
    case .futureRevision:
      self.init(.timeout, "Too large resource version: \(error.message)", cause: error)
    case .requestTooLarge, .tooManyOperations:
      self.init(.tooLarge, "the object is too large to store: \(error.message)", cause: error)
    case .noSpace:
      self.init(.insufficientStorage, "the store has no space left: \(error.message)", cause: error)
    case .closed, .readOnly, .overloaded:
      self.init(.unavailable, "the store takes no writes: \(error.message)", cause: error)
    default:
      self.init(.internalError, "the store failed: \(error.message)", cause: error)
    }
  }
}
