extension Transaction {
  /// The rules that need no look at the store; every backend that evaluates transactions itself applies them first.
  /// Source: etcd `api/v3rpc/key.go` (`checkTxnRequest`, `checkIntervals`).
  package func validate() throws(StoreError) {
    let longest = max(compares.count, success.count, failure.count)
    if longest > StoreLimits.maximumOperations {
      throw StoreError(
        .tooManyOperations, "\(longest) operations in one list; the limit is \(StoreLimits.maximumOperations)")
    }
    if compares.contains(where: \.key.isEmpty) { throw .keyNotProvided }
    try Self.validate(success)
    try Self.validate(failure)
    let bytes = payloadBytes
    if bytes > StoreLimits.maximumRequestBytes {
      throw StoreError(
        .requestTooLarge, "\(bytes) bytes in one transaction; the limit is \(StoreLimits.maximumRequestBytes)")
    }
  }

  /// Bytes of the keys and values that the transaction carries.
  package var payloadBytes: Int {
    let compared = compares.reduce(0) { sum, compare in
      if case .value(let value) = compare.target { return sum + compare.key.bytes.count + value.count }
      return sum + compare.key.bytes.count
    }
    return (success + failure).reduce(compared) { sum, operation in
      switch operation {
      case .put(let put): sum + put.key.bytes.count + put.value.count
      case .delete(let deletion): sum + deletion.keys.start.bytes.count
      case .range(let range): sum + range.keys.start.bytes.count
      }
    }
  }

  private static func validate(_ operations: [Operation]) throws(StoreError) {
    var written: Set<StoreKey> = []
    for case .put(let put) in operations {
      if put.key.isEmpty { throw .keyNotProvided }
      if !written.insert(put.key).inserted {
        throw StoreError(.duplicateKey, "key \(put.key) is put twice in one transaction")
      }
    }
    for operation in operations {
      switch operation {
      case .put: continue
      case .delete(let deletion):
        try deletion.keys.validate()
        if let key = written.first(where: deletion.keys.contains) {
          throw StoreError(.duplicateKey, "key \(key) is put and deleted in one transaction")
        }
      case .range(let range): try range.keys.validate()
      }
    }
  }
}

extension KeyRange {
  package func validate() throws(StoreError) {
    if let key = singleKey, key.isEmpty { throw .keyNotProvided }
  }
}
