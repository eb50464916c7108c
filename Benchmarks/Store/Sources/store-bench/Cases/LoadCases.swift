/// What goes through the etcd API: writes and reads at several numbers of clients, lists, watches.
struct LoadCases {
  let turns: Turns
  let program: any LoadProgram

  func operations() async -> [Row] {
    var rows: [Row] = []
    for operation in [LoadOperation.put, .create, .update, .get] {
      for clients in turns.options.clients {
        // Alone a client waits for the disk, or for the way there and back: nothing to gain but nothing to lose.
        let least = operation == .get || clients > 1 ? 1.5 : 1
        let row = Row(
          name: "\(operation.rawValue), \(clients) client\(clients == 1 ? "" : "s")", unit: .perSecond,
          isHigherBetter: true, target: .ratio(least))
        rows += await turns.rows([row]) { peer, turn in
          let result = try await program.run(operation, clients: clients, port: peer.port, turn: turn)
          return [(result.perSecond, result.p99)]
        }
      }
    }
    for (operation, name, target) in [
      (LoadOperation.list, "list of 10k", Row.Target.ratio(2)), (.pages, "list of 10k in pages of 500", nil),
      (.count, "count of 10k", .atMost(0.5)),
    ] as [(LoadOperation, String, Row.Target?)] {
      let row = Row(name: name, unit: .milliseconds, isHigherBetter: false, target: target)
      rows += await turns.rows([row]) { peer, turn in
        let result = try await program.run(operation, clients: 1, port: peer.port, turn: turn)
        return [(result.p50, result.p99)]
      }
    }
    return rows
  }

  func watches() async -> [Row] {
    var rows: [Row] = []
    for watchers in turns.options.watchers {
      let name = "\(watchers) watcher\(watchers == 1 ? "" : "s")"
      let events = Row(
        name: "events, \(name)", unit: .perSecond, isHigherBetter: true, target: watchers == 100 ? .ratio(1.5) : nil)
      let delay = Row(
        name: "create to event p50, \(name)", unit: .milliseconds, isHigherBetter: false,
        target: watchers == 100 ? .ratio(3) : nil)
      rows += await turns.rows([events, delay]) { peer, turn in
        let result = try await program.watch(watchers: watchers, port: peer.port, turn: turn)
        return [(result.perSecond, nil), (result.p50, result.p99)]
      }
    }
    return rows
  }

  /// Resident memory of the servers after all that.
  func memory() -> [Row] {
    var now = Row(name: "memory after the load", unit: .megabytes, isHigherBetter: false, target: .atMost(80))
    var peak = Row(name: "memory, peak", unit: .megabytes, isHigherBetter: false)
    for peer in turns.peers {
      guard let figures = peer.figures else { continue }
      now.values[peer.peer] = figures.residentBytes / 1e6
      peak.values[peer.peer] = figures.peakResidentBytes / 1e6
    }
    progress(now)
    return [now, peak]
  }
}
