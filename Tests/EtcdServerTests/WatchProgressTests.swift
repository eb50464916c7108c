#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import EtcdServer
import Testing

@Suite struct WatchProgressTests {
  @Test("Asked for progress, a stream answers with id -1 and the current revision, behind all events")
  func onRequest() async throws {
    try await TestServer.with { server in
      try await server.put("a")
      try await server.watching { stream in
        try await stream.create(.init(key: .init("a")))
        let revision = try await server.put("unwatched")
        try await stream.requests.write(.progress(.init()))
        let response = try await stream.next()
        #expect(response.watchID == -1 && response.events.isEmpty && response.header?.revision == revision)
        #expect(!response.created && !response.canceled)
      }
    }
  }

  @Test(
    "Progress is never ahead of an event of any watch of the stream, while writers go on (kine#731)",
    arguments: Engine.allCases)
  func neverAhead(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      for number in 0..<300 { try await server.put("w/\(number % 7)") }
      try await server.watching { stream in
        // One that begins now, and some that have to catch up first and may be sent something before the next one exists.
        for (id, start) in [(1, 0), (2, 2), (3, 150)] as [(Int64, Int64)] {
          try await stream.requests.write(
            .create(.init(key: .init("w/"), rangeEnd: .init("w0"), startRevision: start, watchID: id)))
        }
        var shown: [Int64: Int64] = [1: 301, 2: 1, 3: 149]
        var told: Int64 = 0
        var notes = 0
        var created = 0
        func take(_ response: Etcd.WatchResponse) {
          let revision = response.header?.revision ?? 0
          if response.created { created += 1 }
          if response.watchID == -1 {
            notes += 1
            #expect(revision >= told)
            told = revision
            // All that is not newer has been shown: each revision is of interest to each watch.
            for (id, last) in shown { #expect(last >= revision, "watch \(id)") }
          }
          for event in response.events {
            let modified = event.kv?.modRevision ?? 0
            let last = shown[response.watchID] ?? 0
            #expect(modified == last + 1, "watch \(response.watchID) has a gap or repeats")
            #expect(modified > told, "watch \(response.watchID) was told of progress too early")
            #expect(modified <= revision)
            shown[response.watchID] = modified
          }
        }
        while created < 3 { take(try await stream.next()) }
        async let writing: Void = withThrowingTaskGroup(of: Void.self) { group in
          for writer in 0..<4 {
            group.addTask { for number in 0..<200 { try await server.put("w/\(writer)", "\(number)") } }
          }
          try await group.waitForAll()
        }
        while shown.values.min() ?? 0 < 1101 {
          try await stream.requests.write(.progress(.init()))
          take(try await stream.next())
        }
        try await writing
        // Writers are done, so the last request is answered.
        while told < 1101 { take(try await stream.next()) }
        #expect(notes > 0)
      }
    }
  }

  @Test("A stream without watches, and one whose watch begins in the future, are not told of progress")
  func nothingToTell() async throws {
    try await TestServer.with { server in
      try await server.watching { stream in
        try await stream.requests.write(.progress(.init()))
        try await stream.create(.init(key: .init("a"), startRevision: 100))
        try await stream.requests.write(.progress(.init()))
        try await server.put("b")
        try await stream.requests.write(.cancel(.init(watchID: 0)))
        let response = try await stream.next()
        #expect(response.canceled)
      }
    }
  }

  @Test("The first regular note comes within one interval of a watch's beginning")
  func firstPeriodic() async throws {
    var configuration = EtcdServerConfiguration()
    configuration.watchProgressInterval = .seconds(2)
    try await TestServer.with(configuration: configuration) { server in
      try await server.watching { stream in
        try await stream.create(.init(key: .init("quiet"), progressNotify: true))
        let beginning = ContinuousClock.now
        #expect(try await stream.next().events.isEmpty)
        #expect(ContinuousClock.now - beginning < .seconds(4))
      }
    }
  }

  @Test("A quiet watch that asked for it is told of its progress at intervals, one that gets events is not")
  func periodic() async throws {
    var configuration = EtcdServerConfiguration()
    configuration.watchProgressInterval = .milliseconds(100)
    try await TestServer.with(configuration: configuration) { server in
      try await server.watching { stream in
        try await stream.create(.init(key: .init("quiet"), progressNotify: true, watchID: 1))
        try await stream.create(.init(key: .init("silent"), watchID: 2))
        let revision = try await server.put("other")
        var note = try await stream.next()
        while note.header?.revision != revision { note = try await stream.next() }
        #expect(note.watchID == 1 && note.events.isEmpty)
        let next = try await stream.next()
        #expect(next.watchID == 1 && next.header?.revision == revision)
      }
    }
  }
}
#endif
