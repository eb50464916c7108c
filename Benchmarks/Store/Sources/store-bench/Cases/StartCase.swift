/// From the start of the program to its first answer, with many keys in the database.
struct StartCase {
  let options: Options
  let directory: String

  func row() async -> Row {
    var row = Row(
      name: "start with \(options.startKeys / 1000)k keys", unit: .milliseconds, isHigherBetter: false,
      target: .atMost(100))
    row.note = "files in the page cache"
    var times: [Peer: [Double]] = [:]
    do {
      for peer in Peer.allCases {
        let server = try await PeerProcess(peer, directory: "\(directory)/start-\(peer.rawValue)", options: options)
        let client = try await EtcdClient.connect(port: server.port, connections: 4)
        try await client.fill("/bench/start/", count: options.startKeys, valueBytes: options.valueBytes)
        await client.close()
        server.stop()
      }
      for turn in 0..<max(3, options.rounds) {
        for peer in turn.isMultiple(of: 2) ? Peer.allCases : Peer.allCases.reversed() {
          let server = try await PeerProcess(peer, directory: "\(directory)/start-\(peer.rawValue)", options: options)
          times[peer, default: []].append(server.startup.milliseconds)
          server.stop()
        }
      }
      row.values = times.mapValues(\.median)
    } catch {
      complain("start: \(error)")
      row.note = "failed: \(error)"
    }
    progress(row)
    return row
  }
}
