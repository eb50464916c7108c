#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import EtcdServer
import Testing

@Suite struct WatchBoundsTests {
  @Test("A client that never reads delays nobody; when it reads at last it gets every revision once")
  func neverReading() async throws {
    var transport = GRPCServerConfiguration.etcd(port: 0)
    transport.streamWriteBufferBytes = 16 << 10
    try await TestServer.with(transport: transport) { server in
      var small = GRPCConnectionConfiguration()
      small.streamWindowBytes = 64 << 10
      let sleeper = try await TestServer.connect(server.port, configuration: small)
      try await sleeper.streaming(GRPCMethod(Etcd.Watch.watch)) { stream in
        try await stream.create(.init(key: .init("k"), rangeEnd: .init("l"), previousKV: true))
        // Much more than windows, buffers and what the server remembers of the recent past hold.
        let value = String(repeating: "v", count: 10_000)
        try await server.watching { awake in
          try await awake.create(.init(key: .init("k"), rangeEnd: .init("l")))
          for number in 0..<1500 {
            try await server.put("k/\(number % 5)", value)
            // The one that reads is served meanwhile.
            _ = try await awake.events(1)
          }
        }
        let events = try await stream.events(1500)
        #expect(events.map { $0.kv?.modRevision } == (2..<1502).map { Int64($0) })
        #expect(events.dropFirst(5).allSatisfy { $0.previous != nil })
        // And it is synced again.
        try await server.put("k/last")
        let last = try await stream.events(1)
        #expect(last.first?.kv?.modRevision == 1502)
      }
      await sleeper.close()
    }
  }

  @Test("Watches of one stream that fall behind the shared logs together all catch up, each in order and without a gap")
  func fallingBehindTogether() async throws {
    try await TestServer.with { server in
      var small = GRPCConnectionConfiguration()
      small.streamWindowBytes = 64 << 10
      let sleeper = try await TestServer.connect(server.port, configuration: small)
      try await sleeper.streaming(GRPCMethod(Etcd.Watch.watch)) { stream in
        let range = ([UInt8]("k"), [UInt8]("l"))
        for id in 1...3 { try await stream.create(.init(key: range.0, rangeEnd: range.1, watchID: Int64(id))) }
        try await stream.create(.init(key: range.0, rangeEnd: range.1, startRevision: 300, watchID: 4))
        try await stream.create(.init(key: range.0, rangeEnd: range.1, previousKV: true, watchID: 5))
        // One of its events is all that this one waits for.
        try await stream.create(.init(key: .init("k/7"), watchID: 6))
        try await server.put("k/7")
        // Twice what the logs hold, with what follows while the client reads.
        let value = String(repeating: "v", count: 40_000)
        for number in 3..<403 { try await server.put("k/\(number % 5)", value) }
        async let later: Void = { for number in 403..<433 { try await server.put("k/\(number % 5)", value) } }()
        var next: [Int64: Int64] = [1: 2, 2: 2, 3: 2, 4: 300, 5: 2, 6: 2]
        while next.contains(where: { $0.key != 6 && $0.value < 433 }) {
          let response = try await stream.next()
          for event in response.events {
            #expect(event.kv?.modRevision == next[response.watchID])
            next[response.watchID] = (event.kv?.modRevision ?? 0) + 1
          }
        }
        #expect(next[6] == 3)
        try await later
      }
      await sleeper.close()
    }
  }

  @Test("A client that stays away until its place is compacted is told so")
  func compactedMeanwhile() async throws {
    var transport = GRPCServerConfiguration.etcd(port: 0)
    transport.streamWriteBufferBytes = 16 << 10
    try await TestServer.with(transport: transport) { server in
      var small = GRPCConnectionConfiguration()
      small.streamWindowBytes = 64 << 10
      let sleeper = try await TestServer.connect(server.port, configuration: small)
      try await sleeper.streaming(GRPCMethod(Etcd.Watch.watch)) { stream in
        try await stream.create(.init(key: .init("k")))
        let value = String(repeating: "v", count: 10_000)
        var revision: Int64 = 0
        for _ in 0..<1500 { revision = try await server.put("k", value) }
        try await server.compact(revision)
        var expected: Int64 = 2
        while true {
          let response = try await stream.next()
          if response.canceled {
            #expect(response.compactRevision == revision)
            break
          }
          // Until then nothing is missing.
          for event in response.events {
            #expect(event.kv?.modRevision == expected)
            expected += 1
          }
        }
        #expect(expected < revision)
      }
      await sleeper.close()
    }
  }

  @Test("Thousands of idle watches on one stream; each sees its own key and no other")
  func thousands() async throws {
    try await TestServer.with { server in
      try await server.watching { stream in
        for number in 0..<3000 { try await stream.create(.init(key: .init("idle/\(number)"))) }
        for number in stride(from: 0, to: 3000, by: 500) { try await server.put("idle/\(number)") }
        var seen: [Int64] = []
        while seen.count < 6 {
          let response = try await stream.next()
          #expect(response.events.count == 1)
          seen.append(response.watchID)
        }
        #expect(seen == [0, 500, 1000, 1500, 2000, 2500])
      }
    }
  }

  @Test("More watches than the server takes are refused with a reason")
  func tooMany() async throws {
    var configuration = EtcdServerConfiguration()
    configuration.maximumWatches = 2
    try await TestServer.with(configuration: configuration) { server in
      try await server.watching { stream in
        for _ in 0..<2 { try await stream.create(.init(key: [97])) }
        let refused = try await stream.create(.init(key: [97]))
        #expect(refused.canceled && refused.watchID == -1)
        #expect(refused.cancelReason == "etcdserver: too many requests")
        try await stream.requests.write(.cancel(.init(watchID: 0)))
        _ = try await stream.next()
        let taken = try await stream.create(.init(key: [97]))
        #expect(!taken.canceled)
      }
    }
  }

  @Test("Watchers that share events all get all of them, whatever ids, starts and streams they have")
  func fanOut() async throws {
    try await TestServer.with(.sqlite) { server in
      try await server.put("f/0")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for watcher in 0..<20 {
          group.addTask {
            try await server.watching { stream in
              try await stream.create(
                .init(
                  key: .init("f/"), rangeEnd: .init("f0"), startRevision: Int64(2 + watcher % 3),
                  previousKV: watcher % 2 == 0, watchID: Int64(watcher % 4)))
              var next = Int64(2 + watcher % 3)
              while next < 202 {
                for event in try await stream.next().events {
                  #expect(event.kv?.modRevision == next)
                  #expect((event.previous != nil) == (watcher % 2 == 0 && next > 2))
                  next += 1
                }
              }
            }
          }
        }
        group.addTask { for number in 1...200 { try await server.put("f/0", "\(number)") } }
        try await group.waitForAll()
      }
    }
  }

  @Test("Streams that are aborted leave nothing behind")
  func aborted() async throws {
    var configuration = EtcdServerConfiguration()
    configuration.maximumWatches = 10
    try await TestServer.with(configuration: configuration) { server in
      for _ in 0..<20 {
        let client = try await TestServer.connect(server.port)
        try await client.streaming(GRPCMethod(Etcd.Watch.watch)) { stream in
          for _ in 0..<10 { try await stream.requests.write(.create(.init(key: [97]))) }
          // The server may not yet know that the last client is gone; then it refuses, which is an answer too.
          _ = try await stream.next()
        }
        await client.close()
      }
      try await server.watching { stream in
        // In bounded time there is room again.
        var isTaken = false
        for _ in 0..<500 where !isTaken {
          isTaken = !(try await stream.create(.init(key: [97])).canceled)
          if !isTaken { try await Task.sleep(for: .milliseconds(10)) }
        }
        #expect(isTaken)
      }
    }
  }
}
#endif
