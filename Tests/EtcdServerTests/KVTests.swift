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

struct Mismatch: Error {
  @Test(
    "Inside of a transaction headers tell its own revision from the first change on, before that the one that it found",
    arguments: Engine.allCases)
  func innerHeaders(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      try await server.put("a")
      let range = Etcd.RequestOperation.range(.init(key: .init("a")))
      let missing = Etcd.RequestOperation.deleteRange(.init(key: .init("none")))
      let response = try await server.transact(
        .init(success: [
          range, missing, .transaction(.init(success: [range, .put(.init(key: .init("b"))), missing])), range, missing,
        ]))
      #expect(response.header?.revision == 3)
      #expect(response.responses.map(\.revision) == [2, 2, 0, 3, 3])
      guard case .transaction(let nested) = response.responses[2] else { return #expect(Bool(false)) }
      #expect(nested.header == Etcd.ResponseHeader() && nested.responses.map(\.revision) == [2, 3, 3])
      let idle = try await server.transact(.init(success: [range, missing]))
      #expect(idle.header?.revision == 3 && idle.responses.map(\.revision) == [3, 3])
    }
  }

  @Test("Comparisons of a kind that etcd does not know: all such targets are equal, all such results hold")
  func unknownComparisons() async throws {
    try await TestServer.with { server in
      try await server.put("a")
      func holds(_ key: String, _ result: Int32, _ target: Int32) async throws -> Bool {
        var comparison = Etcd.Comparison(key: .init(key), .equal, .version(9))
        comparison.result = .init(rawValue: result)
        comparison.target = .init(rawValue: target)
        return try await server.transact(.init(comparisons: [comparison])).succeeded
      }
      for key in ["a", "none"] {
        #expect(try await holds(key, 0, 7))
        for result: Int32 in 1...3 { #expect(try await !holds(key, result, 7)) }
        for target: Int32 in [0, 7] { #expect(try await holds(key, 9, target)) }
      }
      // A value that is not there fails whatever is asked.
      #expect(try await holds("a", 9, 3))
      #expect(try await !holds("none", 9, 3))
    }
  }

  @Test("Of several reasons to refuse a transaction the one is told that etcd finds first", arguments: Engine.allCases)
  func precedence(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      try await server.put("a")
      func refuses(_ failure: Etcd.Failure, _ operations: [Etcd.RequestOperation]) async {
        await server.refuses(failure) { _ = try await server.transact(.init(success: operations)) }
      }
      let future = Etcd.RequestOperation.range(.init(key: .init("a"), revision: 99))
      let negative = Etcd.RequestOperation.range(.init(key: .init("a"), revision: -2))
      await refuses(.tooManyOperations, [.unknown] + Array(repeating: future, count: 128))
      await refuses(.emptyKey, [.put(.init()), .unknown])
      await refuses(.keyNotFound, [.unknown, .put(.init())])
      await refuses(.valueProvided, [.put(.init(key: [1], value: [1], ignoreValue: true)), .unknown])
      await refuses(.leaseNotFound, [future, .put(.init(key: [1], lease: 5))])
      await refuses(.futureRevision, [future, negative])
      await refuses(.compacted, [negative, future])
      // A range alone takes it for the present.
      let range = try await server.get(.init(key: .init("a"), revision: -2))
      #expect(range.count == 1)
      let status = try await server.store.status()
      #expect(status.revision == Revision(rawValue: 2))
    }
  }

  @Test("A deletion without an end may meet puts of its transaction, which happen in order", arguments: Engine.allCases)
  func clearAndPut(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      for key in ["a", "b"] { try await server.put(key) }
      let clear = Etcd.RequestOperation.deleteRange(.init(key: [0], rangeEnd: [0]))
      try await server.watching { stream in
        try await stream.create(.init(key: [0], rangeEnd: [0]))
        let response = try await server.transact(
          .init(success: [.put(.init(key: .init("c"))), clear, .put(.init(key: .init("a"), value: .init("new")))]))
        #expect(response.header?.revision == 4)
        let events = try await stream.events(5)
        #expect(events.map { $0.kv?.key } == ["c", "a", "b", "c", "a"].map { .init($0) })
        #expect(events.map(\.type) == [.put, .delete, .delete, .delete, .put])
      }
      let all = try await server.get(.init(key: [0], rangeEnd: [0]))
      #expect(all.kvs == [.init(key: .init("a"), createRevision: 4, modRevision: 4, version: 1, value: .init("new"))])
      let before = try await server.get(.init(key: [0], rangeEnd: [0], revision: 3))
      #expect(before.kvs.map(\.key) == [.init("a"), .init("b")])
      // With an end etcd sees it.
      await server.refuses(.duplicateKey) {
        _ = try await server.transact(
          .init(success: [.deleteRange(.init(key: [0], rangeEnd: [255])), .put(.init(key: .init("a")))]))
      }
    }
  }

  @Test("Bounds below zero are bounds: nothing lies below them, everything above; only zero is none")
  func negativeBounds() async throws {
    try await TestServer.with { server in
      try await server.put("a")
      func count(_ change: (inout Etcd.RangeRequest) -> Void) async throws -> Int {
        var request = Etcd.RangeRequest(key: [0], rangeEnd: [0])
        change(&request)
        let response = try await server.get(request)
        #expect(response.count == 1)
        return response.kvs.count
      }
      #expect(try await count { $0.maximumModRevision = -1 } == 0)
      #expect(try await count { $0.maximumCreateRevision = -1 } == 0)
      #expect(try await count { $0.minimumModRevision = -1 } == 1)
      #expect(try await count { $0.minimumCreateRevision = -1 } == 1)
    }
  }

  @Test("Before anything is compacted revision 0 may be, once it is not; a revision below is never one to compact")
  func compactionOfNothing() async throws {
    try await TestServer.with { server in
      await server.refuses(.compacted) { try await server.compact(-1) }
      try await server.compact(0)
      try await server.put("a")
      try await server.compact(2)
      await server.refuses(.compacted) { try await server.compact(0) }
    }
  }

  @Test("A request that cannot be decoded is refused with the code that etcd has for it, and the connection goes on")
  func undecodable() async throws {
    try await TestServer.with { server in
      let bytes = GRPCMethod<[UInt8], Etcd.RangeResponse>(
        service: Etcd.KV.service, name: "Range", request: .bytes, response: .protobuf)
      for malformed: [UInt8] in [[10], [10, 16, 97], [0, 1], [8, 1], [14, 1]] {
        let error = await #expect(throws: GRPCCallError.self) {
          _ = try await server.client.unary(bytes, malformed)
        }
        #expect(error?.code == .internalError)
        #expect(error?.message.hasPrefix("grpc: error unmarshalling request: ") == true)
      }
      try await server.put("a")
    }
  }

  @Test(
    "The largest numbers that a request can carry are refused or obeyed, and the server lives on",
    arguments: Engine.allCases)
  func largestNumbers(engine: Engine) async throws {
    try await TestServer.with(engine) { server in
      let client = server.client
      try await server.put("a")
      for range in [
        Etcd.RangeRequest(key: [0], rangeEnd: [0], revision: .max), .init(key: [97], revision: .max),
        .init(key: [0], rangeEnd: [0], revision: .max, sortOrder: .descending),
        .init(key: [0], rangeEnd: [0], revision: .max, countOnly: true),
      ] {
        await server.refuses(.futureRevision) { _ = try await server.get(range) }
        await server.refuses(.futureRevision) { _ = try await server.transact(.init(success: [.range(range)])) }
        await server.refuses(.futureRevision) {
          _ = try await server.transact(.init(success: [.range(range), .put(.init(key: [98]))]))
        }
      }
      let extremes = try await server.get(
        .init(
          key: [0], rangeEnd: [0], limit: .max, revision: .min, minimumModRevision: .min, maximumModRevision: .max,
          minimumCreateRevision: .min, maximumCreateRevision: .max))
      #expect(extremes.kvs.count == 1)
      await server.refuses(.futureRevision) { try await server.compact(.max) }
      await server.refuses(.compacted) { try await server.compact(.min) }
      await server.refuses(.futureRevision) {
        _ = try await client.unary(GRPCMethod(Etcd.Maintenance.hashKV), .init(revision: .max))
      }
      await server.refuses(.leaseTTLTooLarge) {
        _ = try await client.unary(GRPCMethod(Etcd.Lease.grant), .init(ttl: .max, id: .max))
      }
      for id: Int64 in [.max, .min] {
        let granted = try await client.unary(GRPCMethod(Etcd.Lease.grant), .init(ttl: .min, id: id))
        #expect(granted.id == id && granted.ttl == 2)
      }
      try await server.watching { stream in
        for id: Int64 in [.max, .min] {
          let created = try await stream.create(.init(key: [97], startRevision: .max, watchID: id))
          #expect(created.watchID == id && !created.canceled)
        }
        try await server.put("a")
        for id: Int64 in [.max, .min] {
          try await stream.requests.write(.cancel(.init(watchID: id)))
          #expect(try await stream.next().canceled)
        }
      }
    }
  }
}

extension Etcd.ResponseOperation {
  /// Of its header.
  fileprivate var revision: Int64? {
    switch self {
    case .unknown: nil
    case .range(let response): response.header?.revision
    case .put(let response): response.header?.revision
    case .deleteRange(let response): response.header?.revision
    case .transaction(let response): response.header?.revision
    }
  }
}
#endif
