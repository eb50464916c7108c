import Synchronization

/// What a closed loop of clients reached.
struct LoadResult: Sendable {
  var perSecond: Double
  /// Of one operation, in milliseconds.
  var p50: Double
  var p99: Double
  /// How many operations (or events) there were.
  var operations: Double
}

/// Runs `clients` tasks, each doing one operation after the other, for `duration`.
/// - Parameters:
///   - isOver: the tasks go on beyond the duration until this holds.
///   - operation: gets the number of its task and of the operation within it.
func load(
  clients: Int, for duration: Duration, until isOver: @escaping @Sendable () -> Bool = { true },
  _ operation: @escaping @Sendable (_ client: Int, _ number: Int) async throws -> Void
) async throws -> LoadResult {
  let start = ContinuousClock.now
  let end = start + duration
  let times = try await withThrowingTaskGroup(of: [Double].self) { group in
    for client in 0..<clients {
      group.addTask {
        var times: [Double] = []
        var begin = ContinuousClock.now
        while begin < end || !isOver() {
          try await operation(client, times.count)
          let now = ContinuousClock.now
          times.append((now - begin).milliseconds)
          begin = now
        }
        return times
      }
    }
    var all: [Double] = []
    for try await times in group { all += times }
    return all
  }
  let seconds = (ContinuousClock.now - start).inSeconds
  return LoadResult(
    perSecond: Double(times.count) / seconds, p50: times.quantile(0.5), p99: times.quantile(0.99),
    operations: Double(times.count))
}
