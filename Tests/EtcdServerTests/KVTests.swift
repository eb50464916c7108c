#if Networking
import EdgeGRPC
import EdgeStore
import EtcdAPI
import EtcdServer
import Testing

@Suite struct KVTests {
  @Test("The first write is revision 2; headers say who answers and where the store stands", arguments: Engine.allCases)
  func headers(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      let first = try await server.client.unary(GRPCMethod(Etcd.KV.put), .init(key: .init("a"), value: .init("1")))
      #expect(first.header == Etcd.ResponseHeader(clusterID: 11, memberID: 22, revision: 2, raftTerm: 3))
      try await server.put("a", "2")
      let old = try await server.get(.init(key: .init("a"), revision: 2))
      #expect(old.header?.revision == 3)
      #expect(old.kvs.first?.value == .init("1"))
      #expect(old.count == 1 && !old.more)
    }
  }

  @Test("Ranges: prefix, limit with count and more, keys only, count only, order, bounds", arguments: Engine.allCases)
  func ranges(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      for name in ["a/1", "a/2", "a/3", "b"] { try await server.put(name, "value of \(name)") }
      try await server.put("a/1", "again")
      let prefix = Etcd.RangeRequest(key: .init("a/"), rangeEnd: .init("a0"))
      let all = try await server.get(prefix)
      #expect(all.kvs.map(\.key) == ["a/1", "a/2", "a/3"].map { [UInt8]($0) })
      #expect(all.kvs[0].version == 2 && all.kvs[0].createRevision == 2 && all.kvs[0].modRevision == 6)

      var limited = prefix
      limited.limit = 2
      let page = try await server.get(limited)
      #expect(page.kvs.count == 2 && page.more && page.count == 3)

      var counted = prefix
      counted.countOnly = true
      let count = try await server.get(counted)
      #expect(count.kvs.isEmpty && count.count == 3 && !count.more)

      var keys = prefix
      keys.keysOnly = true
      let named = try await server.get(keys)
      #expect(named.kvs.count == 3 && named.kvs.allSatisfy { $0.value.isEmpty && $0.modRevision > 0 })

      var newest = prefix
      newest.sortTarget = .modRevision
      newest.sortOrder = .descending
      let sorted = try await server.get(newest)
      #expect(sorted.kvs.first?.key == .init("a/1"))
      // As in etcd, a target alone asks for ascending order.
      var ascending = prefix
      ascending.sortTarget = .modRevision
      let rising = try await server.get(ascending)
      #expect(rising.kvs.last?.key == .init("a/1"))

      var bounded = prefix
      bounded.minimumModRevision = 4
      let bound = try await server.get(bounded)
      #expect(bound.kvs.map(\.modRevision).sorted() == [4, 6] && bound.count == 3)

      let fromKey = try await server.get(.init(key: .init("a/3"), rangeEnd: [0]))
      #expect(fromKey.kvs.map(\.key) == ["a/3", "b"].map { [UInt8]($0) })
      let everything = try await server.get(.init(key: [0], rangeEnd: [0]))
      #expect(everything.count == 4)
    }
  }

  @Test("The transactions of an API server: create, update, delete, and what their failures answer")
  func apiServerShapes() async throws {
    try await TestServer.with { server in
      let key = [UInt8]("/registry/pods/default/a")
      let create = Etcd.TransactionRequest(
        comparisons: [.init(key: key, .equal, .modRevision(0))], success: [.put(.init(key: key, value: [1]))])
      let created = try await server.transact(create)
      #expect(created.succeeded && created.header?.revision == 2)
      #expect(created.header?.clusterID == 11)
      guard case .put(let put) = created.responses.first else { throw Mismatch() }
      // Headers inside carry the revision alone.
      #expect(put.header == Etcd.ResponseHeader(revision: 2))
      let again = try await server.transact(create)
      #expect(!again.succeeded && again.responses.isEmpty && again.header?.revision == 2)

      let update = Etcd.TransactionRequest(
        comparisons: [.init(key: key, .equal, .modRevision(1))], success: [.put(.init(key: key, value: [2]))],
        failure: [.range(.init(key: key))])
      let conflict = try await server.transact(update)
      guard case .range(let current) = conflict.responses.first else { throw Mismatch() }
      #expect(!conflict.succeeded && current.kvs.first?.modRevision == 2 && current.count == 1)

      let delete = Etcd.TransactionRequest(
        comparisons: [.init(key: key, .equal, .modRevision(2))],
        success: [.deleteRange(.init(key: key, previousKV: true))], failure: [.range(.init(key: key))])
      let deleted = try await server.transact(delete)
      guard case .deleteRange(let deletion) = deleted.responses.first else { throw Mismatch() }
      #expect(deletion.deleted == 1 && deletion.previousKVs.first?.value == [1])
      let missing = try await server.transact(delete)
      guard case .range(let nothing) = missing.responses.first else { throw Mismatch() }
      #expect(nothing.kvs.isEmpty && nothing.count == 0 && missing.header?.revision == 3)
    }
  }

  @Test("Nested transactions answer nested; a comparison without an operand counts as zero")
  func nested() async throws {
    try await TestServer.with { server in
      var bare = Etcd.Comparison(key: .init("a"), .equal, .version(0))
      bare.operand = nil
      let response = try await server.transact(
        .init(
          comparisons: [bare],
          success: [
            .put(.init(key: .init("a"), value: [1])),
            .transaction(.init(success: [.put(.init(key: .init("b"), value: [2])), .range(.init(key: .init("a")))])),
          ]))
      #expect(response.succeeded && response.header?.revision == 2)
      guard case .transaction(let inner) = response.responses.last, case .range(let range) = inner.responses.last else {
        throw Mismatch()
      }
      #expect(inner.succeeded && range.kvs.first?.value == [1])
    }
  }

  @Test("Every refusal has etcd's code and text and changes nothing", arguments: Engine.allCases)
  func refusals(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      let client = server.client
      let (put, range) = (GRPCMethod(Etcd.KV.put), GRPCMethod(Etcd.KV.range))
      let (transact, compact) = (GRPCMethod(Etcd.KV.transaction), GRPCMethod(Etcd.KV.compact))
      try await server.put("a")
      await server.refuses(.emptyKey) { _ = try await client.unary(put, .init()) }
      await server.refuses(.emptyKey) { _ = try await client.unary(range, .init(rangeEnd: [0])) }
      await server.refuses(.emptyKey) { _ = try await client.unary(GRPCMethod(Etcd.KV.deleteRange), .init()) }
      await server.refuses(.emptyKey) {
        _ = try await client.unary(transact, .init(comparisons: [.init(key: [], .equal, .version(0))]))
      }
      await server.refuses(.futureRevision) { _ = try await client.unary(range, .init(key: [97], revision: 9)) }
      await server.refuses(.futureRevision) { _ = try await client.unary(compact, .init(revision: 9)) }
      await server.refuses(.invalidSortOption) {
        _ = try await client.unary(range, .init(key: [97], sortOrder: .init(rawValue: 7)))
      }
      await server.refuses(.keyNotFound) {
        _ = try await client.unary(put, .init(key: .init("none"), ignoreValue: true))
      }
      await server.refuses(.keyNotFound) { _ = try await client.unary(transact, .init(success: [.unknown])) }
      await server.refuses(.valueProvided) {
        _ = try await client.unary(put, .init(key: [97], value: [1], ignoreValue: true))
      }
      await server.refuses(.leaseProvided) {
        _ = try await client.unary(put, .init(key: [97], lease: 5, ignoreLease: true))
      }
      await server.refuses(.leaseNotFound) { _ = try await client.unary(put, .init(key: [97], lease: 5)) }
      await server.refuses(.tooManyOperations) {
        _ = try await client.unary(
          transact, .init(success: (0..<129).map { .put(.init(key: [UInt8($0)], value: [1])) }))
      }
      await server.refuses(.duplicateKey) {
        _ = try await client.unary(transact, .init(success: [.put(.init(key: [97])), .put(.init(key: [97]))]))
      }
      let large = [UInt8](repeating: 1, count: 1_572_865)
      await server.refuses(.requestTooLarge) { _ = try await client.unary(put, .init(key: [97], value: large)) }
      let status = try await server.store.status()
      #expect(status.revision == Revision(rawValue: 2))
      try await server.put("b")
      try await server.compact(3)
      await server.refuses(.compacted) { _ = try await client.unary(range, .init(key: [97], revision: 2)) }
      await server.refuses(.compacted) { _ = try await client.unary(compact, .init(revision: 3)) }
      // The compacted revision itself can be read.
      let readable = try await server.get(.init(key: [97], revision: 3))
      #expect(readable.count == 1)
    }
  }

  @Test("A message beyond etcd's bound is refused by size before it is read, and the connection goes on")
  func oversized() async throws {
    try await TestServer.with { server in
      let error = await #expect(throws: GRPCCallError.self) {
        _ = try await server.client.unary(
          GRPCMethod(Etcd.KV.put), .init(key: [97], value: [UInt8](repeating: 1, count: 3 << 20)))
      }
      #expect(error?.code == .resourceExhausted)
      try await server.put("a")
    }
  }

  @Test("Calls at once on one connection each get their own answer", arguments: Engine.allCases)
  func concurrency(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<200 {
          group.addTask {
            try await server.put("k/\(number)", "\(number)")
            let read = try await server.get(.init(key: .init("k/\(number)")))
            #expect(read.kvs.first?.value == .init("\(number)"))
          }
        }
        try await group.waitForAll()
      }
      let count = try await server.get(.init(key: .init("k/"), rangeEnd: .init("k0"), countOnly: true))
      #expect(count.count == 200 && count.header?.revision == 201)
    }
  }
}

struct Mismatch: Error {}
#endif
