#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import EtcdServer
import Testing

@Suite struct WatchTests {
  private static let all = Etcd.WatchCreateRequest(key: [0], rangeEnd: [0])

  @Test(
    "A watch begins after the current revision; versions, tombstones and previous values", arguments: Engine.allCases)
  func events(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      try await server.put("a", "before")
      try await server.watching { stream in
        let created = try await stream.create(.init(key: .init("a"), previousKV: true))
        #expect(created.created && !created.canceled && created.watchID == 0 && created.events.isEmpty)
        #expect(created.header == Etcd.ResponseHeader(clusterID: 11, memberID: 22, revision: 2, raftTerm: 3))
        try await server.put("a", "1")
        try await server.delete("a")
        try await server.put("other")
        try await server.put("a", "2")
        let events = try await stream.events(3)
        #expect(events.map { $0.kv?.modRevision } == [3, 4, 6])
        #expect(events[0].previous?.value == .init("before"))
        #expect(events[1].type == .delete && events[1].previous?.value == .init("1"))
        #expect(events[1].kv == Etcd.KeyValue(key: .init("a"), modRevision: 4))
        #expect(events[2].previous == nil && events[2].kv?.createRevision == 6 && events[2].kv?.version == 1)
      }
    }
  }

  @Test(
    "All events of one revision come in one response, whose revision is not below theirs", arguments: Engine.allCases)
  func oneRevision(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      try await server.watching { stream in
        try await stream.create(Self.all)
        _ = try await server.transact(
          .init(success: (0..<100).map { .put(.init(key: [UInt8(1 + $0)], value: [1])) }))
        let response = try await stream.next()
        #expect(response.events.count == 100)
        #expect(response.header?.revision == 2)
        #expect(response.events.allSatisfy { $0.kv?.modRevision == 2 })
      }
    }
  }

  @Test("From an earlier revision everything since is shown, and then what happens", arguments: Engine.allCases)
  func past(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      for number in 0..<1000 { try await server.put("k/\(number % 10)", "\(number)") }
      try await server.watching { stream in
        try await stream.create(.init(key: .init("k/"), rangeEnd: .init("k0"), startRevision: 2))
        async let later: Void = {
          for number in 1000..<1100 { try await server.put("k/\(number % 10)", "\(number)") }
        }()
        let events = try await stream.events(1100)
        try await later
        #expect(events.map { $0.kv?.modRevision } == (2..<1102).map { Int64($0) })
      }
    }
  }

  @Test("What a watch has missed comes under the store's present revision, in however many responses it comes")
  func pastHeaders() async throws {
    try await TestServer.with { server in
      for number in 0..<1001 { try await server.put("k", "\(number)") }
      try await server.watching { stream in
        try await stream.create(.init(key: .init("k"), startRevision: 1))
        var shown = 0
        while shown < 1001 {
          let response = try await stream.next()
          #expect(response.header?.revision == 1002)
          shown += response.events.count
        }
        try await server.put("other")
        try await server.put("k", "last")
        let followed = try await stream.next()
        #expect(followed.events.count == 1 && followed.header?.revision == 1004)
      }
    }
  }

  @Test("A future start is silent until it is reached, and is no obstacle to other watches")
  func future() async throws {
    try await TestServer.with { server in
      try await server.watching { stream in
        try await stream.create(.init(key: .init("a"), startRevision: 4))
        for value in ["2", "3", "4"] { try await server.put("a", value) }
        let events = try await stream.events(1)
        #expect(events.map { $0.kv?.modRevision } == [4])
      }
    }
  }

  @Test("Ids: chosen from 0, taken when asked for, refused when in use; each stream has its own")
  func ids() async throws {
    try await TestServer.with { server in
      try await server.watching { stream in
        let first = try await stream.create(Self.all)
        let asked = try await stream.create(.init(key: [97], watchID: 7))
        let duplicate = try await stream.create(.init(key: [98], watchID: 7))
        let next = try await stream.create(Self.all)
        #expect([first, asked, next].map(\.watchID) == [0, 7, 1])
        #expect(duplicate.watchID == -1 && duplicate.created && duplicate.canceled)
        #expect(duplicate.cancelReason == "mvcc: duplicate watch ID provided on the WatchStream")
        try await server.watching { other in
          let id = try await other.create(Self.all).watchID
          #expect(id == 0)
        }
      }
    }
  }

  @Test("A cancelled watch is silent from the answer on, its id is free, an unknown id is passed over")
  func cancel() async throws {
    try await TestServer.with { server in
      try await server.watching { stream in
        try await stream.create(.init(key: .init("a"), watchID: 5))
        try await stream.create(.init(key: .init("b"), watchID: 6))
        try await stream.requests.write(.cancel(.init(watchID: 99)))
        try await stream.requests.write(.cancel(.init(watchID: 5)))
        let cancelled = try await stream.next()
        #expect(cancelled.canceled && cancelled.watchID == 5 && cancelled.compactRevision == 0)
        try await server.put("a")
        try await server.put("b")
        let response = try await stream.next()
        #expect(response.watchID == 6)
        let again = try await stream.create(.init(key: .init("a"), watchID: 5))
        #expect(again.created && !again.canceled)
      }
    }
  }

  @Test("A watch from before the compaction is created and then told the oldest revision", arguments: Engine.allCases)
  func compacted(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      for value in 0..<10 { try await server.put("a", "\(value)") }
      try await server.compact(8)
      try await server.watching { stream in
        let created = try await stream.create(.init(key: .init("a"), startRevision: 3))
        #expect(created.created && !created.canceled)
        let end = try await stream.next()
        #expect(end.canceled && end.compactRevision == 8 && end.events.isEmpty && end.watchID == created.watchID)
        // The compacted revision itself may be watched.
        try await stream.create(.init(key: .init("a"), startRevision: 8))
        let events = try await stream.events(4)
        #expect(events.map { $0.kv?.modRevision } == [8, 9, 10, 11])
      }
    }
  }

  @Test("A running watch keeps its previous values whatever is compacted meanwhile (kubernetes#123072)")
  func previousAfterCompaction() async throws {
    try await TestServer.with { server in
      try await server.put("a", "1")
      try await server.watching { stream in
        try await stream.create(.init(key: .init("a"), previousKV: true))
        for value in 2..<30 {
          let revision = try await server.put("a", "\(value)")
          try await server.compact(revision)
        }
        let events = try await stream.events(28)
        #expect(events.map { $0.previous?.value } == (1..<29).map { [UInt8]("\($0)") })
      }
    }
  }

  @Test("The first watch of all finds what happened before it; at the compacted revision without what that replaced")
  func firstWatch() async throws {
    try await TestServer.with { server in
      try await server.put("a", "1")
      let revision = try await server.put("a", "2")
      try await server.put("a", "3")
      try await server.compact(revision)
      try await server.watching { stream in
        try await stream.create(.init(key: .init("a"), startRevision: revision, previousKV: true))
        let events = try await stream.events(2)
        #expect(events.map { $0.kv?.value } == [[UInt8]("2"), [UInt8]("3")])
        #expect(events.map { $0.previous?.value } == [nil, [UInt8]("2")])
      }
    }
  }

  @Test("Filters leave out puts or deletions; an empty range is refused with etcd's reason")
  func filters() async throws {
    try await TestServer.with { server in
      try await server.watching { stream in
        try await stream.create(.init(key: .init("a"), filters: [.noPut]))
        try await stream.create(.init(key: .init("a"), filters: [.noDelete]))
        let empty = try await stream.create(.init(key: .init("b"), rangeEnd: .init("a")))
        #expect(empty.watchID == -1 && empty.canceled && empty.cancelReason == "mvcc: watcher range is empty")
        try await server.put("a")
        try await server.delete("a")
        var seen: [Int64: [Etcd.EventType]] = [:]
        while seen.values.reduce(0, { $0 + $1.count }) < 2 {
          let response = try await stream.next()
          seen[response.watchID, default: []] += response.events.map(\.type)
        }
        #expect(seen == [0: [.delete], 1: [.put]])
      }
    }
  }

  @Test("A revision larger than 1.5 MiB comes in fragments to a watch that takes them, in one piece to others")
  func fragments() async throws {
    try await TestServer.with { server in
      // Deleting what earlier revisions put makes a revision of any size.
      let value = String(repeating: "v", count: 300_000)
      for number in 0..<12 { try await server.put("big/\(number)", value) }
      try await server.watching { stream in
        let range = ([UInt8]("big/"), [UInt8]("big0"))
        try await stream.create(.init(key: range.0, rangeEnd: range.1, previousKV: true, fragment: true))
        try await stream.create(.init(key: range.0, rangeEnd: range.1, previousKV: true))
        _ = try await server.client.unary(
          GRPCMethod(Etcd.KV.deleteRange), .init(key: range.0, rangeEnd: range.1))
        var pieces: [Etcd.WatchResponse] = []
        var whole: Etcd.WatchResponse?
        while whole == nil || pieces.last?.fragment != false {
          let response = try await stream.next()
          if response.watchID == 0 { pieces.append(response) } else { whole = response }
        }
        #expect(whole?.events.count == 12 && whole?.fragment == false)
        #expect(pieces.count > 1 && pieces.dropLast().allSatisfy(\.fragment))
        #expect(pieces.flatMap(\.events) == whole?.events)
        #expect(pieces.allSatisfy { $0.header?.revision == 14 })
      }
    }
  }

  @Test("Requests in any order and without sense end neither the stream nor the server")
  func unordered() async throws {
    try await TestServer.with { server in
      try await server.watching { stream in
        try await stream.requests.write(.cancel(.init(watchID: 3)))
        try await stream.requests.write(.unknown)
        try await stream.requests.write(.progress(.init()))
        let refused = try await stream.create(.init(rangeEnd: [0], startRevision: -5))
        #expect(refused.canceled && refused.watchID == -1 && refused.cancelReason == Etcd.Failure.compacted.message)
        // No key and an open end mean every key.
        let created = try await stream.create(.init(rangeEnd: [0]))
        #expect(created.created && !created.canceled)
        try await server.put("a")
        let events = try await stream.events(1)
        #expect(events.first?.kv?.key == .init("a"))
      }
    }
  }

  @Test("A client that has said its last word goes on being told what its watches see, until it gives the stream up")
  func halfClosed() async throws {
    try await TestServer.with { server in
      try await server.watching { stream in
        try await stream.create(Self.all)
        stream.endRequests()
        for key in ["a", "b"] { try await server.put(key) }
        let events = try await stream.events(2)
        #expect(events.map { $0.kv?.modRevision } == [2, 3])
      }
      try await server.put("c")
    }
  }

  @Test("The id of a watch that was ended by a compaction is taken until the client cancels it, which is answered once")
  func endedIDs() async throws {
    try await TestServer.with { server in
      for _ in 0..<5 { try await server.put("a") }
      try await server.compact(4)
      try await server.watching { stream in
        try await stream.create(.init(key: .init("a"), startRevision: 2, watchID: 7))
        let end = try await stream.next()
        #expect(end.watchID == 7 && end.canceled && end.compactRevision == 4)
        let refused = try await stream.create(.init(key: .init("a"), watchID: 7))
        #expect(refused.canceled && refused.cancelReason == Etcd.Failure.duplicateWatchID)
        for _ in 0..<2 { try await stream.requests.write(.cancel(.init(watchID: 7))) }
        let cancelled = try await stream.next()
        #expect(cancelled.watchID == 7 && cancelled.canceled && cancelled.compactRevision == 0)
        let created = try await stream.create(.init(key: .init("a"), watchID: 7))
        #expect(created.watchID == 7 && !created.canceled)
      }
    }
  }

  @Test(
    "What a key held before is what it held before the whole revision, also when the revision writes it twice",
    arguments: Engine.allCases)
  func previousOfTwice(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      try await server.put("a", "old")
      try await server.watching { stream in
        try await stream.create(.init(key: [0], rangeEnd: [0], previousKV: true))
        _ = try await server.transact(
          .init(success: [
            .put(.init(key: .init("a"), value: .init("new"))), .put(.init(key: .init("b"))),
            .deleteRange(.init(key: [0], rangeEnd: [0])),
          ]))
        @Sendable func check(_ stream: GRPCClientStream<Etcd.WatchRequest, Etcd.WatchResponse>) async throws {
          let events = try await stream.events(4)
          #expect(events.map { $0.previous?.value } == [.init("old"), nil, .init("old"), nil])
        }
        try await check(stream)
        // Read again from the log.
        try await server.watching { later in
          try await later.create(.init(key: [0], rangeEnd: [0], startRevision: 3, previousKV: true))
          try await check(later)
        }
      }
    }
  }
}
#endif
