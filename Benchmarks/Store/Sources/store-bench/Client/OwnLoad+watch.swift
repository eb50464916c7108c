import EdgeGRPC
import EtcdAPI
import Synchronization

extension OwnLoad {
  /// Sixteen writers put as fast as they can; every watcher gets every event.
  func watch(watchers: Int, port: Int, turn: Int) async throws -> LoadResult {
    let reading = try await EtcdClient.connect(port: port, connections: min(watchers, 4))
    let writing = try await EtcdClient.connect(port: port, connections: 4)
    let prefix = "/bench/watch/\(turn)-\(watchers)/"
    let epoch = ContinuousClock.now
    let written = Written()
    let (ready, isReady) = AsyncStream<Void>.makeStream()
    let duration = options.duration
    let valueBytes = options.valueBytes
    return try await withThrowingTaskGroup(of: WatcherResult?.self) { group in
      for watcher in 0..<watchers {
        group.addTask {
          try await reading.connection(watcher).streaming(GRPCMethod(Etcd.Watch.watch)) { stream in
            try await stream.requests.write(.create(.init(key: Array(prefix.utf8), rangeEnd: end(of: prefix))))
            guard try await stream.responses.next()?.created == true else {
              throw Options.Misuse(description: "a watch was not created")
            }
            isReady.yield()
            var result = WatcherResult()
            while written.total.map({ result.events < $0 }) ?? true, let answer = try await stream.responses.next() {
              let now = (ContinuousClock.now - epoch).milliseconds
              for event in answer.events {
                result.events += 1
                if let begin = event.kv.flatMap({ milliseconds(in: $0.value) }) { result.delays.append(now - begin) }
              }
            }
            result.seconds = (ContinuousClock.now - epoch).inSeconds
            return result
          }
        }
      }
      var waiting = watchers
      for await _ in ready {
        waiting -= 1
        if waiting == 0 { break }
      }
      let begin = (ContinuousClock.now - epoch).inSeconds
      group.addTask {
        _ = try await load(clients: 16, for: duration) { task, number in
          let stamp = (ContinuousClock.now - epoch).milliseconds
          _ = try await writing.connection(task).unary(
            GRPCMethod(Etcd.KV.put),
            .init(key: key(prefix, number * 16 + task), value: value(stamp, bytes: valueBytes)))
          written.add()
        }
        written.finish()
        // One more event for those who wait already for the next.
        _ = try await writing.connection(0).unary(GRPCMethod(Etcd.KV.put), .init(key: key(prefix, -1), value: []))
        return nil
      }
      group.addTask {
        try await Task.sleep(for: duration + .seconds(60))
        throw Options.Misuse(description: "watchers did not get all events within a minute")
      }
      var results: [WatcherResult] = []
      while results.count < watchers, let result = try await group.next() {
        if let result { results.append(result) }
      }
      group.cancelAll()
      await reading.close()
      await writing.close()
      let seconds = (results.map(\.seconds).max() ?? 0) - begin
      let delays = results.flatMap(\.delays)
      return LoadResult(
        perSecond: Double(results.reduce(0) { $0 + $1.events }) / seconds, p50: delays.quantile(0.5),
        p99: delays.quantile(0.99))
    }
  }
}

private struct WatcherResult: Sendable {
  var events = 0
  var delays: [Double] = []
  var seconds = 0.0
}

/// How many events there are to come, known when the last was written.
private final class Written: Sendable {
  private let state = Mutex((count: 0, isFinal: false))

  var total: Int? { state.withLock { $0.isFinal ? $0.count : nil } }
  func add() { state.withLock { $0.count += 1 } }
  func finish() { state.withLock { $0.isFinal = true } }
}

/// The time of the write, in the first eight bytes of the value.
private func value(_ milliseconds: Double, bytes: Int) -> [UInt8] {
  var value = [UInt8](repeating: 0x76, count: max(bytes, 8))
  let bits = milliseconds.bitPattern
  for index in 0..<8 { value[index] = UInt8(truncatingIfNeeded: bits >> (8 * UInt64(index))) }
  return value
}

private func milliseconds(in value: [UInt8]) -> Double? {
  guard value.count >= 8 else { return nil }
  var bits: UInt64 = 0
  for index in 0..<8 { bits |= UInt64(value[index]) << (8 * UInt64(index)) }
  return Double(bitPattern: bits)
}
