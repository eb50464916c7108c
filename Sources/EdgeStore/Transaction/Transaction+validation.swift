extension Transaction {
  /// The rules that need no look at the store; every backend that evaluates transactions itself applies them first.
  /// Source: etcd `api/v3rpc/key.go` (`checkTxnRequest`, `checkIntervals`).
  package func validate() throws(StoreError) {
    // First, so that what follows costs no more than a transaction of the allowed size.
    let bytes = requestBytes
    if bytes > StoreLimits.maximumRequestBytes {
      throw StoreError(
        .requestTooLarge, "\(bytes) bytes in one transaction; the limit is \(StoreLimits.maximumRequestBytes)")
    }
    try validateLists(allowing: StoreLimits.maximumOperations)
    if hasSingleOperations { return }
    _ = try WrittenKeys(of: success)
    _ = try WrittenKeys(of: failure)
  }

  /// Whether no key can be written twice, because no branch does more than one thing.
  private var hasSingleOperations: Bool {
    success.count <= 1 && failure.count <= 1 && !success.contains(where: \.isNested)
      && !failure.contains(where: \.isNested)
  }

  /// Bytes of the keys and values that the transaction carries.
  package var payloadBytes: Int {
    let compared = compares.reduce(0) { sum, compare in
      if case .value(let value) = compare.target { return sum + compare.keys.payloadBytes + value.count }
      return sum + compare.keys.payloadBytes
    }
    return compared + Self.payloadBytes(success) + Self.payloadBytes(failure)
  }

  private static func payloadBytes(_ operations: [Operation]) -> Int {
    operations.reduce(0) { sum, operation in
      switch operation {
      case .put(let put): sum + put.key.bytes.count + put.value.count
      case .delete(let deletion): sum + deletion.keys.payloadBytes
      case .range(let range): sum + range.keys.payloadBytes
      case .transaction(let nested): sum + nested.payloadBytes
      }
    }
  }

  /// The payload and a few bytes for each entry, so that a great many empty ones count as well.
  private var requestBytes: Int { payloadBytes + 4 * entryCount }

  private var entryCount: Int {
    compares.count + Self.entryCount(success) + Self.entryCount(failure)
  }

  private static func entryCount(_ operations: [Operation]) -> Int {
    operations.reduce(operations.count) { sum, operation in
      if case .transaction(let nested) = operation { sum + nested.entryCount } else { sum }
    }
  }

  private func validateLists(allowing limit: Int) throws(StoreError) {
    let longest = max(compares.count, success.count, failure.count)
    if longest > limit {
      throw StoreError(.tooManyOperations, "\(longest) operations in one list; the limit here is \(limit)")
    }
    for compare in compares { try compare.keys.validate() }
    for operation in success { try operation.validate(allowing: limit - longest) }
    for operation in failure { try operation.validate(allowing: limit - longest) }
  }
}

extension Transaction.Operation {
  fileprivate var isNested: Bool { if case .transaction = self { true } else { false } }

  fileprivate func validate(allowing limit: Int) throws(StoreError) {
    switch self {
    case .put(let put): try put.validate()
    case .delete(let deletion): try deletion.keys.validate()
    case .range(let range): try range.keys.validate()
    case .transaction(let nested): try nested.validateLists(allowing: limit)
    }
  }
}

extension PutRequest {
  fileprivate func validate() throws(StoreError) {
    if key.isEmpty { throw .keyNotProvided }
    if keepsValue && !value.isEmpty { throw StoreError(.valueProvided, "a put that keeps the value carries one") }
    if keepsLease && lease != .none { throw StoreError(.leaseProvided, "a put that keeps the lease carries one") }
  }
}

extension KeyRange {
  package func validate() throws(StoreError) {
    if let key = singleKey, key.isEmpty { throw .keyNotProvided }
  }

  fileprivate var payloadBytes: Int { start.bytes.count + (singleKey == nil ? end?.bytes.count ?? 0 : 0) }
}
