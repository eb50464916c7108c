public struct TransactionResponse: Hashable, Sendable {
  /// The store's revision after the transaction: its own when it changed something.
  public var revision: Revision
  /// Which branch ran.
  public var succeeded: Bool
  /// One result for each operation of the branch that ran, in order.
  public var results: [OperationResult]

  public init(revision: Revision, succeeded: Bool, results: [OperationResult]) {
    self.revision = revision
    self.succeeded = succeeded
    self.results = results
  }
}

public enum OperationResult: Hashable, Sendable {
  case put(PutResponse)
  case delete(DeleteResponse)
  case range(RangeResponse)
  indirect case transaction(TransactionResponse)
}

public struct PutResponse: Hashable, Sendable {
  /// What the key held before, when that was asked for and there was something.
  public var previous: KeyValue?

  public init(previous: KeyValue? = nil) { self.previous = previous }
}

public struct DeleteResponse: Hashable, Sendable {
  public var deletedCount: Int
  /// What was deleted, in byte order of the keys, when that was asked for.
  public var previous: [KeyValue]

  public init(deletedCount: Int, previous: [KeyValue] = []) {
    self.deletedCount = deletedCount
    self.previous = previous
  }
}
