import EdgeStore

extension StoreConformance {
  static let transactionCases = [
    StoreConformanceCase("a compare that fails runs the other branch; that branch's read shows what is there") {
      store in
      let created = try await store.create("key", bytes("1"))
      try expectEqual(created, .applied(Revision(rawValue: 2)))
      let again = try await store.create("key", bytes("2"))
      let current = KeyValue(
        key: "key", value: bytes("1"), createRevision: Revision(rawValue: 2), modRevision: Revision(rawValue: 2),
        version: 1)
      try expectEqual(again, .conflict(current))
      try expectEqual(try await store.status().revision.rawValue, 2, "revision after a failed compare")
      try expectEqual(
        try await store.update("key", bytes("3"), ifModRevision: Revision(rawValue: 2)),
        .applied(Revision(rawValue: 3)))
      try expectEqual(
        try await store.delete("missing", ifModRevision: Revision(rawValue: 2)), .conflict(nil), "a missing key")
    },
    StoreConformanceCase("every relation compares values, versions and revisions; a missing key counts as zero") {
      store in
      try await store.put("other", bytes("x"))  // 2
      try await store.put("key", bytes("a"))  // 3
      try await store.put("key", bytes("m"))  // 4: create 3, mod 4, version 2
      let truths: [(Compare, Bool)] = [
        (.value(of: "key", .equal, bytes("m")), true), (.value(of: "key", .notEqual, bytes("m")), false),
        (.value(of: "key", .less, bytes("n")), true), (.value(of: "key", .greater, bytes("mm")), false),
        (.value(of: "key", .greater, []), true), (.version(of: "key", .equal, 2), true),
        (.version(of: "key", .less, 2), false), (.version(of: "key", .greater, 1), true),
        (.createRevision(of: "key", .equal, Revision(rawValue: 3)), true),
        (.createRevision(of: "key", .notEqual, Revision(rawValue: 3)), false),
        (.modRevision(of: "key", .equal, Revision(rawValue: 4)), true),
        (.modRevision(of: "key", .less, Revision(rawValue: 4)), false),
        (.modRevision(of: "key", .greater, Revision(rawValue: 3)), true),
        (.exists("key"), true), (.absent("key"), false), (.exists("none"), false), (.absent("none"), true),
        (.version(of: "none", .equal, 0), true), (.createRevision(of: "none", .less, Revision(rawValue: 1)), true),
        (.value(of: "none", .equal, []), false), (.value(of: "none", .notEqual, bytes("x")), false),
      ]
      for (compare, truth) in truths {
        let response = try await store.commit(Transaction(compares: [compare], success: []))
        try expectEqual(response.succeeded, truth, "\(compare)")
      }
      let both = try await store.commit(Transaction(compares: [.exists("key"), .exists("none")], success: []))
      try expect(!both.succeeded, "one of two compares was enough")
      try expectEqual(try await store.status().revision.rawValue, 4, "revision")
    },
    StoreConformanceCase("a transaction is one revision, and its operations see those before them") { store in
      try await store.put("a", bytes("0"))
      let response = try await store.commit(
        Transaction(success: [
          .range(RangeRequest(.prefix("a"))), .put("a1", bytes("1")), .put("a2", bytes("2")), .delete(.key("a")),
          .range(RangeRequest(.prefix("a"))),
          .range(RangeRequest(.prefix("a"), revision: Revision(rawValue: 2))),
        ]))
      try expectEqual(response.revision.rawValue, 3, "revision")
      guard case .range(let before) = response.results[0], case .range(let after) = response.results[4],
        case .range(let past) = response.results[5]
      else { throw ConformanceFailure("results are not in the operations' order") }
      try expectEqual(before.kvs.map(\.key), ["a"])
      try expectEqual(after.kvs.map(\.key), ["a1", "a2"])
      try expect(after.kvs.allSatisfy { $0.modRevision.rawValue == 3 }, "revisions differ within a transaction")
      try expectEqual(past.kvs.map(\.key), ["a"], "the past as seen from within")
    },
    StoreConformanceCase("reading, and deleting what is not there, does not raise the revision") { store in
      try await store.put("a", [1])
      let read = try await store.commit(Transaction(success: [.range(RangeRequest(.all))]))
      try expectEqual(read.revision.rawValue, 2, "revision of a reading transaction")
      try expectEqual(try await store.delete(.prefix("none")), 0, "deleted")
      let empty = try await store.commit(Transaction(success: []))
      try expectEqual(empty.revision.rawValue, 2, "revision of an empty transaction")
      try expectEqual(try await store.put("a", [1]).rawValue, 3, "the same value written again is a change")
    },
    StoreConformanceCase("previous values are returned when they are asked for") { store in
      try await store.put("a", bytes("1"))
      try await store.put("b", bytes("2"))
      let response = try await store.commit(
        Transaction(success: [
          .put(PutRequest(key: "a", value: bytes("3"), returnsPrevious: true)),
          .put(PutRequest(key: "c", value: bytes("4"), returnsPrevious: true)),
          .delete(DeleteRequest(keys: .prefix("b"), returnsPrevious: true)),
        ]))
      guard case .put(let a) = response.results[0], case .put(let c) = response.results[1],
        case .delete(let b) = response.results[2]
      else { throw ConformanceFailure("results are not in the operations' order") }
      try expectEqual(a.previous?.value, bytes("1"))
      try expectEqual(c.previous, nil)
      try expectEqual(b.deletedCount, 1, "deleted")
      try expectEqual(b.previous.map(\.value), [bytes("2")])
    },
    StoreConformanceCase("one branch may write a key once; otherwise nothing at all is applied") { store in
      try await expectError(.duplicateKey) {
        _ = try await store.commit(Transaction(success: [.put("a", [1]), .put("b", [1]), .put("a", [2])]))
      }
      try await expectError(.duplicateKey) {
        _ = try await store.commit(Transaction(success: [.delete(.prefix("a")), .put("ab", [2])]))
      }
      try await expectError(.duplicateKey) {
        _ = try await store.commit(
          Transaction(compares: [.absent("x")], success: [], failure: [.put("a", [1]), .put("a", [2])]))
      }
      let either = try await store.commit(
        Transaction(compares: [.absent("a")], success: [.put("a", [1])], failure: [.put("a", [2])]))
      try expectEqual(either.revision.rawValue, 2, "revision")
    },
    StoreConformanceCase("transactions of more than 128 operations or 1.5 MiB are refused, up to there accepted") {
      store in
      func puts(_ count: Int) -> [Transaction.Operation] { (0..<count).map { .put(StoreKey("k\($0)"), [1]) } }
      try await expectError(.tooManyOperations) { _ = try await store.commit(Transaction(success: puts(129))) }
      try await expectError(.tooManyOperations) {
        _ = try await store.commit(Transaction(compares: [.exists("x")], success: [], failure: puts(129)))
      }
      _ = try await store.commit(Transaction(success: puts(128)))
      try await expectError(.requestTooLarge) {
        try await store.put("large", [UInt8](repeating: 7, count: StoreLimits.maximumRequestBytes))
      }
      let large = [UInt8](repeating: 7, count: 1_400_000)
      try await store.put("large", large)
      try expectEqual(try await store.get("large")?.value.count, large.count, "size")
    },
    StoreConformanceCase("concurrent compare-and-swap increments lose none") { store in
      try await store.put("counter", bytes("0"))
      let (tasks, rounds) = (8, 10)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<tasks {
          group.addTask {
            var done = 0
            while done < rounds {
              guard let current = try await store.get("counter") else { return }
              let number = Int(String(decoding: current.value, as: UTF8.self)) ?? 0
              let outcome = try await store.update(
                "counter", bytes(String(number + 1)), ifModRevision: current.modRevision)
              if outcome.appliedRevision != nil { done += 1 }
            }
          }
        }
        try await group.waitForAll()
      }
      let counter = try await store.get("counter")
      try expectEqual(counter.map { String(decoding: $0.value, as: UTF8.self) }, String(tasks * rounds), "counter")
      try expectEqual(counter?.version, Int64(tasks * rounds + 1), "version")
    },
    StoreConformanceCase("FF-16: readers never fail because of writers, and see each transaction whole or not at all") {
      store in
      let pair = ["pair/left", "pair/right"] as [StoreKey]
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<4 {
          group.addTask {
            for round in 0..<40 {
              let value = bytes("\(writer)-\(round)")
              _ = try await store.commit(Transaction(success: pair.map { .put($0, value) }))
            }
          }
        }
        for _ in 0..<4 {
          group.addTask {
            var last = Revision.zero
            while last.rawValue < 161 {
              let response = try await store.range(RangeRequest(.prefix("pair/")))
              try expect(Set(response.kvs.map(\.value)).count <= 1, "a reader saw half a transaction")
              try expect(response.revision >= last, "a reader went back from \(last) to \(response.revision)")
              last = response.revision
              await Task.yield()
            }
          }
        }
        try await group.waitForAll()
      }
    },
  ]
}
