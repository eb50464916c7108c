/// One measured operation.
public struct Benchmark {
  public let name: String
  /// The benchmark of the same run that this one is compared with; nil for baselines.
  public let baseline: String?
  /// Bytes that one operation reads or writes.
  public let bytesPerOperation: Int
  let operation: () throws -> Void

  public init(_ name: String, baseline: String? = nil, bytesPerOperation: Int, operation: @escaping () throws -> Void) {
    self.name = name
    self.baseline = baseline
    self.bytesPerOperation = bytesPerOperation
    self.operation = operation
  }
}

/// Keeps a result alive, so that the optimiser cannot drop the work that made it.
@inline(never)
@_optimize(none)
public func blackHole<Value>(_ value: Value) {}
