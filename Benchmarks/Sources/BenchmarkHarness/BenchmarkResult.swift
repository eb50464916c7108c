import CAllocationCounter
import Glibc

/// What a benchmark took, per operation.
public struct BenchmarkResult: Sendable {
  public let name: String
  public let baseline: String?
  public let bytesPerOperation: Int
  public let operations: Int
  /// Process CPU time of all batches: hardly moved by what else the machine does.
  public let cpuNanoseconds: Double
  /// Wall time of the middle batch and of the slowest in a hundred.
  public let wallP50Nanoseconds: Double
  public let wallP99Nanoseconds: Double
  public let allocations: Double
  public let allocatedBytes: Double
}

extension Benchmark {
  /// Warms up, chooses a batch of about a millisecond, and measures batches for `duration`.
  public func measure(for duration: Duration) throws -> BenchmarkResult {
    let batch = try batchSize()
    var wall: [Double] = []
    wall.reserveCapacity(65_536)
    let calls = allocation_counter_calls()
    let bytes = allocation_counter_bytes()
    let cpu = nanoseconds(CLOCK_PROCESS_CPUTIME_ID)
    let end = nanoseconds(CLOCK_MONOTONIC) + Double(duration / .nanoseconds(1))
    var now = nanoseconds(CLOCK_MONOTONIC)
    repeat {
      for _ in 0..<batch { try operation() }
      let then = nanoseconds(CLOCK_MONOTONIC)
      wall.append((then - now) / Double(batch))
      now = then
    } while now < end && wall.count < 65_536
    let cpuSpent = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu
    let operations = batch * wall.count
    let allocations = allocation_counter_calls() - calls
    let allocated = allocation_counter_bytes() - bytes
    wall.sort()
    return BenchmarkResult(
      name: name, baseline: baseline, bytesPerOperation: bytesPerOperation, operations: operations,
      cpuNanoseconds: cpuSpent / Double(operations), wallP50Nanoseconds: wall[wall.count / 2],
      wallP99Nanoseconds: wall[wall.count * 99 / 100], allocations: Double(allocations) / Double(operations),
      allocatedBytes: Double(allocated) / Double(operations))
  }

  private func batchSize() throws -> Int {
    var batch = 1
    while true {
      let start = nanoseconds(CLOCK_MONOTONIC)
      for _ in 0..<batch { try operation() }
      if nanoseconds(CLOCK_MONOTONIC) - start >= 1_000_000 { return batch }
      batch *= 2
    }
  }
}

private func nanoseconds(_ clock: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}
