#if Networking
import EdgeStore
import EdgeStoreEtcd
import EdgePrimitives
import EdgeTestKit
import Synchronization
import Testing

/// One real etcd behind two proxies looks like two members, of which either can fail in any way.
@Suite(.enabled(if: PeerProgram.isWanted("etcd"))) struct EtcdFailureTests {
  private func withTwoLinks(
    requestTimeout: Duration = .seconds(12), keepaliveInterval: Duration = .seconds(6),
    keepaliveTimeout: Duration = .seconds(3),
    _ body: (EtcdStore, [TestProxy], EtcdStore) async throws -> Void
  ) async throws {
    try await EtcdProcess.with { etcd in
      let proxies = [
        try await TestProxy.start(before: etcd.endpoint), try await TestProxy.start(before: etcd.endpoint),
      ]
      var configuration = EtcdStoreConfiguration(endpoints: proxies.map(\.endpoint))
      configuration.requestTimeout = requestTimeout
      configuration.keepaliveInterval = keepaliveInterval
      configuration.keepaliveTimeout = keepaliveTimeout
      try await EtcdStore.with(configuration) { store in
        try await EtcdStore.with([etcd.endpoint]) { direct in try await body(store, proxies, direct) }
      }
      for proxy in proxies { await proxy.stop() }
    }
  }

  private func inUse(_ proxies: [TestProxy]) throws -> TestProxy {
    let used = proxies.first { $0.isInUse }
    return try #require(used)
  }

  @Test("when the member in use is lost, reads and writes go on with another one, and none twice")
  func failover() async throws {
    try await withTwoLinks { store, proxies, direct in
      for round in 0..<6 {
        try await store.put("k", [UInt8(round)])
        let used = try inUse(proxies)
        used.set(.refuses)
        used.cut()
        #expect(try await store.get("k")?.value == [UInt8(round)])
        try await store.put("k", [UInt8(round), 1])
        used.set(.pass)
      }
      #expect(try await direct.get("k")?.version == 12)
    }
  }

  @Test("a write whose answer is lost may have been applied, says so, and is there once; it is never made again")
  func ambiguousWrite() async throws {
    try await withTwoLinks(requestTimeout: .milliseconds(700)) { store, proxies, direct in
      try await store.put("warm", [0])
      for proxy in proxies { proxy.set(.swallowsAnswers) }
      let late = await #expect(throws: StoreError.self) { try await store.put("late", [1]) }
      #expect(late?.code == .outcomeUnknown && late?.mayHaveBeenApplied == true && late?.isRetryable == false)
      for proxy in proxies { proxy.set(.pass) }
      try await store.put("warm", [1])

      for proxy in proxies { proxy.set(.swallowsAnswers) }
      async let cut: Void = {
        try await Task.sleep(for: .milliseconds(200))
        for proxy in proxies { proxy.cut() }
      }()
      let lost = await #expect(throws: StoreError.self) { try await store.put("lost", [1]) }
      #expect(lost?.code == .outcomeUnknown)
      try await cut
      for proxy in proxies { proxy.set(.pass) }
      for key in ["late", "lost"] as [StoreKey] { #expect(try await direct.get(key)?.version == 1) }
      #expect(try await direct.status().revision.rawValue == 5)
    }
  }

  @Test("a read whose answer is lost is made again on another member")
  func readAgain() async throws {
    try await withTwoLinks { store, proxies, _ in
      try await store.put("k", [1])
      let used = try inUse(proxies)
      used.set(.swallowsAnswers)
      async let cut: Void = {
        try await Task.sleep(for: .milliseconds(100))
        used.cut()
      }()
      #expect(try await store.get("k")?.value == [1])
      try await cut
    }
  }

  @Test("a grant whose answer is lost gives one lease, not two")
  func grantAgain() async throws {
    try await withTwoLinks(requestTimeout: .seconds(3)) { store, proxies, direct in
      try await store.put("warm", [0])
      for proxy in proxies { proxy.set(.swallowsAnswers) }
      async let cut: Void = {
        try await Task.sleep(for: .milliseconds(100))
        for proxy in proxies {
          proxy.set(.pass)
          proxy.cut()
        }
      }()
      let lease = try await store.grantLease(timeToLive: .seconds(100))
      try await cut
      #expect(try await direct.leases() == [lease])
    }
  }

  @Test("FF-17: watches lose nothing and repeat nothing while their connections are cut again and again")
  func watchResumes() async throws {
    try await withTwoLinks { store, proxies, direct in
      let count = 400
      let watch = try await store.watch(WatchRequest(.prefix("k"), previousValues: true))
      let second = try await store.watch(WatchRequest(.prefix("k1"), startRevision: Revision(rawValue: 2)))
      let isWriting = Mutex(true)
      async let cutting: Int = {
        var cuts = 0
        while isWriting.withLock({ $0 }) {
          try await Task.sleep(for: .milliseconds(40))
          proxies[cuts % 2].cut()
          cuts += 1
        }
        return cuts
      }()
      async let writing: Void = {
        for index in 0..<count { try await direct.put(StoreKey("k\(index % 10)"), [UInt8(index % 256)]) }
      }()
      var revisions: [Int64] = []
      for try await batch in watch {
        if batch.events.isEmpty { continue }
        revisions.append(batch.revision.rawValue)
        if revisions.count == count { break }
      }
      try await writing
      isWriting.withLock { $0 = false }
      #expect(try await cutting > 2)
      #expect(revisions == Array(2..<Int64(count + 2)))
      var seconds: [Int64] = []
      for try await batch in second where !batch.events.isEmpty {
        seconds.append(batch.revision.rawValue)
        if seconds.count == count / 10 { break }
      }
      #expect(seconds == (0..<Int64(count / 10)).map { 3 + 10 * $0 })
    }
  }

  @Test("a half-open connection is found by keepalive, and the watch goes on elsewhere")
  func halfOpen() async throws {
    try await withTwoLinks(keepaliveInterval: .milliseconds(600), keepaliveTimeout: .milliseconds(400)) {
      store, proxies, direct in
      let watch = try await store.watch(WatchRequest(.all))
      var iterator = watch.makeAsyncIterator()
      try await direct.put("a", [1])
      #expect(try await iterator.next()?.revision.rawValue == 2)
      let used = try inUse(proxies)
      used.set(.silent)
      try await direct.put("a", [2])
      let clock = ContinuousClock()
      let start = clock.now
      #expect(try await iterator.next()?.revision.rawValue == 3)
      #expect(clock.now - start < .seconds(4))
      used.set(.pass)
    }
  }

  @Test("cancelling a read ends it at once")
  func cancellation() async throws {
    try await withTwoLinks { store, proxies, _ in
      try await store.put("k", [1])
      for proxy in proxies { proxy.set(.silent) }
      let reader = Task { try await store.get("k") }
      try await Task.sleep(for: .milliseconds(50))
      let clock = ContinuousClock()
      let start = clock.now
      reader.cancel()
      let error = await #expect(throws: StoreError.self) { try await reader.value }
      #expect(error?.code == .cancelled)
      #expect(clock.now - start < .seconds(1))
    }
  }

  @Test("kill -9 and a restart: every acknowledged write is there, and the watch shows each revision once")
  func killed() async throws {
    try await EtcdProcess.with { etcd in
      try await EtcdStore.with([etcd.endpoint]) { store in
        let watch = try await store.watch(WatchRequest(.all))
        let written = Mutex<[Int64]>([])
        async let writing: Void = {
          for index in 0..<300 {
            do throws(StoreError) {
              let revision = try await store.put(StoreKey("k\(index)"), [1])
              written.withLock { $0.append(revision.rawValue) }
            } catch {
              // Until it is back: refused, or in doubt.
              if !error.isRetryable && !error.mayHaveBeenApplied { throw error }
            }
          }
        }()
        try await Task.sleep(for: .milliseconds(50))
        etcd.kill()
        try await Task.sleep(for: .milliseconds(100))
        try await etcd.start()
        try await writing
        let last = try await store.status().revision
        var revisions: [Int64] = []
        for try await batch in watch where !batch.events.isEmpty {
          revisions.append(batch.revision.rawValue)
          if batch.revision >= last { break }
        }
        #expect(revisions == Array(2...last.rawValue))
        #expect(Set(written.withLock { $0 }).isSubset(of: revisions))
      }
    }
  }

  @Test("a note of progress never comes before an event that it covers, under load and across cuts")
  func progressIsOrdered() async throws {
    try await withTwoLinks { store, proxies, direct in
      let watch = try await store.watch(WatchRequest(.prefix("k"), progressInterval: .milliseconds(20)))
      let wanted = Mutex<[Int64]>([])
      async let writing: Void = {
        for index in 0..<300 {
          let isWanted = index % 5 == 0
          let revision = try await direct.put(isWanted ? "k" : "other", [UInt8(index % 256)])
          if isWanted { wanted.withLock { $0.append(revision.rawValue) } }
          if index % 50 == 25 { proxies[index % 2].cut() }
        }
        try await direct.put("k-end", [])
      }()
      var seen: [Int64] = []
      var notes: [(revision: Int64, seen: Int)] = []
      for try await batch in watch {
        if batch.events.isEmpty {
          notes.append((batch.revision.rawValue, seen.count))
        } else if batch.events[0].keyValue.key == "k-end" {
          break
        } else {
          seen.append(batch.revision.rawValue)
        }
      }
      try await writing
      #expect(seen == wanted.withLock { $0 })
      for note in notes { #expect(seen[note.seen...].allSatisfy { $0 > note.revision }) }
      // With nothing going on a note comes as well.
      watch.requestProgress()
      var iterator = watch.makeAsyncIterator()
      let note = try await iterator.next()
      #expect(note?.events.isEmpty == true)
    }
  }
}
#endif
