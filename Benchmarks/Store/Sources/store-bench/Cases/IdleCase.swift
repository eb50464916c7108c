import EdgeGRPC
import EtcdAPI

/// FF-09, FF-11: what a server costs that has a hundred watches and nothing to do.
struct IdleCase {
  let turns: Turns

  func rows() async -> [Row] {
    var cpu = Row(name: "idle CPU, 100 watches", unit: .percent, isHigherBetter: false, target: .atMost(0.5))
    var written = Row(
      name: "idle disk writes, 100 watches", unit: .kilobytes, isHigherBetter: false, target: .atMost(0))
    cpu.note = "FF-11, over \(short(turns.options.idle.inSeconds)) s"
    written.note = "FF-09"
    do {
      let used = try await observe()
      for (peer, use) in used {
        cpu.values[peer] = use.cpuMilliseconds / turns.options.idle.milliseconds * 100
        written.values[peer] = use.writtenBytes / 1000
      }
    } catch {
      complain("idle: \(error)")
      cpu.note = "failed: \(error)"
    }
    progress(cpu)
    progress(written)
    return [cpu, written]
  }

  /// Both at the same time: neither does anything that could disturb the other.
  private func observe() async throws -> [Peer: (cpuMilliseconds: Double, writtenBytes: Double)] {
    let idle = turns.options.idle
    let ports = turns.peers.map(\.port)
    let (ready, isReady) = AsyncStream<Void>.makeStream()
    return try await withThrowingTaskGroup(of: Void.self) { group in
      for port in ports {
        let client = try await EtcdClient.connect(port: port, connections: 4)
        for watcher in 0..<100 {
          group.addTask {
            try await client.connection(watcher).streaming(GRPCMethod(Etcd.Watch.watch)) { stream in
              try await stream.requests.write(
                .create(
                  .init(
                    key: key("/bench/idle/", watcher), rangeEnd: end(of: "/bench/idle/"), progressNotify: true)))
              _ = try await stream.responses.next()
              isReady.yield()
              while try await stream.responses.next() != nil {}
            }
          }
        }
      }
      var waiting = 100 * ports.count
      for await _ in ready {
        waiting -= 1
        if waiting == 0 { break }
      }
      // What is left to do of the load before has time to get done.
      try await Task.sleep(for: .seconds(10))
      let before = turns.peers.map(\.figures)
      try await Task.sleep(for: idle)
      let after = turns.peers.map(\.figures)
      group.cancelAll()
      var used: [Peer: (cpuMilliseconds: Double, writtenBytes: Double)] = [:]
      for (index, peer) in turns.peers.enumerated() {
        guard let before = before[index], let after = after[index] else { continue }
        used[peer.peer] = (
          after.cpuMilliseconds - before.cpuMilliseconds, after.writtenBytes - before.writtenBytes
        )
      }
      return used
    }
  }
}
