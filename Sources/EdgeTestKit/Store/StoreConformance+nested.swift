import EdgeStore

extension StoreConformance {
  static let nestedCases = [
    StoreConformanceCase("nested transactions run in their place, in one revision, and answer one by one") { store in
      try await store.put("a", bytes("1"))
      let inner = Transaction(
        compares: [.value(of: "a", .equal, bytes("1"))],
        success: [.put("b", bytes("then")), .range(RangeRequest(.all))],
        failure: [.put("b", bytes("else"))])
      let response = try await store.commit(
        Transaction(success: [.put("z", bytes("1")), .transaction(inner), .delete(.key("a"))]))
      try expectEqual(response.revision.rawValue, 3, "revision")
      guard response.results.count == 3, case .transaction(let nested) = response.results[1] else {
        throw ConformanceFailure("the nested transaction's answer is not in its place")
      }
      try expect(nested.succeeded, "the nested compare does not hold")
      guard case .range(let seen)? = nested.results.last else { throw ConformanceFailure("no range") }
      try expectEqual(seen.kvs.map(\.key), ["a", "b", "z"], "what the nested range saw")
      let events = try await store.watch(WatchRequest(.all, startRevision: response.revision)).nextBatch().events
      try expectEqual(events.map(summary), ["create z=1", "create b=then", "delete a"])
    },
    StoreConformanceCase("nested compares see what was there before the whole transaction") { store in
      let inner = Transaction(compares: [.exists("a")], success: [.put("b", bytes("saw a"))], failure: [])
      let response = try await store.commit(Transaction(success: [.put("a", bytes("1")), .transaction(inner)]))
      guard case .transaction(let nested)? = response.results.last else { throw ConformanceFailure("no answer") }
      try expect(!nested.succeeded, "the compare saw a key that the transaction itself has put")
      try expectEqual(try await store.get("b"), nil)
    },
    StoreConformanceCase("a nested transaction may not write what its siblings write; its own branches may") { store in
      let both = Transaction(compares: [.absent("x")], success: [.put("a", [1])], failure: [.put("a", [2])])
      _ = try await store.commit(Transaction(success: [.transaction(both)]))
      try await expectError(.duplicateKey) {
        _ = try await store.commit(Transaction(success: [.transaction(both), .put("a", [3])]))
      }
      try await expectError(.duplicateKey) {
        _ = try await store.commit(Transaction(success: [.delete(.prefix("a")), .transaction(both)]))
      }
      try await expectError(.duplicateKey) {
        _ = try await store.commit(Transaction(success: [.transaction(both), .transaction(both)]))
      }
      try expectEqual(try await store.status().revision.rawValue, 2, "revision")
    },
    StoreConformanceCase("lists of nested transactions share the limit of 128 with those around them") { store in
      func nested(_ depth: Int) -> Transaction {
        (0..<depth).reduce(Transaction(success: [])) { inner, _ in Transaction(success: [.transaction(inner)]) }
      }
      _ = try await store.commit(nested(128))
      try await expectError(.tooManyOperations) { _ = try await store.commit(nested(129)) }
      let wide = Transaction(success: (0..<100).map { .put(StoreKey("k\($0)"), [1]) })
      try await expectError(.tooManyOperations) {
        let around = (0..<28).map { Transaction.Operation.range(RangeRequest(.key(StoreKey("r\($0)")))) }
        _ = try await store.commit(Transaction(success: around + [.transaction(wide)]))
      }
      try await expectError(.keyNotProvided) {
        _ = try await store.commit(Transaction(success: [.transaction(Transaction(success: [.put("", [1])]))]))
      }
    },
    StoreConformanceCase("a compare of a range holds when it holds for every key of it") { store in
      for key in ["k1", "k2", "k3"] { try await store.put(StoreKey(key), bytes("same")) }
      let all = KeyRange.prefix("k")
      let none = KeyRange.prefix("none")
      let cases: [(Compare, Bool)] = [
        (Compare(keys: all, .equal, .value(bytes("same"))), true),
        (Compare(keys: all, .less, .modRevision(Revision(rawValue: 5))), true),
        (Compare(keys: all, .less, .modRevision(Revision(rawValue: 4))), false),
        (Compare(keys: none, .equal, .version(0)), true), (Compare(keys: none, .notEqual, .value([])), false),
      ]
      for (compare, expected) in cases {
        let response = try await store.commit(Transaction(compares: [compare], success: []))
        try expectEqual(response.succeeded, expected, "\(compare)")
      }
    },
    StoreConformanceCase("ranges in a transaction see older revisions, and what it did before them") { store in
      try await store.put("a", bytes("old"))
      let response = try await store.commit(
        Transaction(success: [
          .range(RangeRequest(.key("a"))), .put("a", bytes("new")), .range(RangeRequest(.key("a"))),
          .range(RangeRequest(.key("a"), revision: Revision(rawValue: 2))),
        ]))
      let values = response.results.map { result -> [UInt8]? in
        if case .range(let range) = result { range.kvs.first?.value } else { nil }
      }
      try expectEqual(values, [bytes("old"), nil, bytes("new"), bytes("old")])
      try await expectError(.futureRevision) {
        _ = try await store.commit(
          Transaction(success: [.put("a", [1]), .range(RangeRequest(.all, revision: Revision(rawValue: 9)))]))
      }
      try expectEqual(try await store.status().revision.rawValue, 3, "revision")
    },
  ]

  static let progressCases = [
    StoreConformanceCase("a watch leaves out the kinds of events it does not want") { store in
      let deletions = try await store.watch(WatchRequest(.all, excluding: [.put]))
      let puts = try await store.watch(WatchRequest(.all, excluding: [.delete]))
      try await store.put("a", bytes("1"))
      _ = try await store.commit(Transaction(success: [.delete(.key("a")), .put("b", bytes("2"))]))
      try await store.delete("b")
      try await store.put("a", bytes("3"))
      try expectEqual(
        try await deletions.batches(through: Revision(rawValue: 4)).map { $0.events.map(summary) },
        [["delete a"], ["delete b"]])
      try expectEqual(
        try await puts.batches(through: Revision(rawValue: 5)).flatMap(\.events).map(summary),
        ["create a=1", "create b=2", "create a=3"])
    },
    StoreConformanceCase("asked for its progress, a watch tells it after all that has happened, never before") {
      store in
      for index in 0..<300 { try await store.put(StoreKey("k\(index % 3)"), bytes(String(index))) }
      let watch = try await store.watch(WatchRequest(.key("k0"), startRevision: Revision(rawValue: 2)))
      watch.requestProgress()
      watch.requestProgress()
      var seen: [WatchBatch] = []
      repeat { seen.append(try await watch.nextBatch()) } while seen.last?.events.isEmpty == false
      try expectEqual(seen.count, 101, "batches")
      try expectEqual(seen.last?.revision.rawValue, 301, "the revision of the note")
      async let waiting = watch.nextBatch()
      try await Task.sleep(for: .milliseconds(5))
      try await store.put("other", bytes("1"))
      watch.requestProgress()
      try expectEqual(try await waiting, WatchBatch(revision: Revision(rawValue: 302), events: []))
      try await store.put("k0", bytes("last"))
      try expectEqual(try await watch.nextBatch().events.map(summary), ["put k0=last"], "one note for two requests")
    },
  ]
}
