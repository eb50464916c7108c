import EdgeStore

extension StoreConformance {
  /// Revisions: b 2, a 3, c 4, a 5.
  private static func fill(_ store: any MVCCStore) async throws {
    for (key, value) in [("b", "2"), ("a", "9"), ("c", "1"), ("a", "3")] {
      try await store.put(StoreKey(key), bytes(value))
    }
  }

  static let selectionCases = [
    StoreConformanceCase("an answer can be sorted by each field in either direction, before the limit cuts") { store in
      try await fill(store)
      let expected: [(RangeOrder.Target, String)] = [
        (.key, "abc"), (.version, "bca"), (.createRevision, "bac"), (.modRevision, "bca"), (.value, "cba"),
      ]
      for (target, order) in expected {
        let rising = try await store.range(RangeRequest(.all, order: RangeOrder(target)))
        try expectEqual(rising.kvs.map { String(decoding: $0.key.bytes, as: UTF8.self) }.joined(), order, "\(target)")
        let falling = try await store.range(RangeRequest(.all, limit: 1, order: RangeOrder(target, .descending)))
        try expectEqual(falling.kvs.map { "\($0.key)" }, [String(order.suffix(1))], "the last by \(target)")
        try expect(falling.more && falling.count == 3, "more and count by \(target)")
      }
      let keys = try await store.range(RangeRequest(.all, keysOnly: true, order: RangeOrder(.value)))
      try expectEqual(keys.kvs.map(\.key), ["c", "b", "a"], "by values that are not shown")
      try expect(keys.kvs.allSatisfy(\.value.isEmpty), "values came")
    },
    StoreConformanceCase("bounds of revisions leave keys out of the answer but not out of the count") { store in
      try await fill(store)
      func select(_ mod: RevisionBounds = .any, created: RevisionBounds = .any) async throws -> [StoreKey] {
        let response = try await store.range(RangeRequest(.all, modRevisions: mod, createRevisions: created))
        try expectEqual(response.count, 3, "count")
        try expect(!response.more, "more is set though no limit cut")
        return response.kvs.map(\.key)
      }
      func bounds(_ minimum: Int64?, _ maximum: Int64?) -> RevisionBounds {
        RevisionBounds(minimum: minimum.map(Revision.init), maximum: maximum.map(Revision.init))
      }
      try expectEqual(try await select(bounds(4, nil)), ["a", "c"])
      try expectEqual(try await select(bounds(nil, 4)), ["b", "c"])
      try expectEqual(try await select(bounds(3, 4)), ["c"])
      try expectEqual(try await select(created: bounds(3, 3)), ["a"])
      try expectEqual(try await select(bounds(5, nil), created: bounds(nil, 2)), [])
      let limited = try await store.range(RangeRequest(.all, limit: 1, modRevisions: bounds(4, nil)))
      try expectEqual(limited.kvs.map(\.key), ["a"])
      try expect(limited.more, "the limit cut, but more is not set")
    },
    StoreConformanceCase("sorting and bounds work at older revisions too") { store in
      try await fill(store)
      let request = RangeRequest(
        .all, revision: Revision(rawValue: 4), order: RangeOrder(.value, .descending),
        modRevisions: RevisionBounds(minimum: Revision(rawValue: 3)))
      try expectEqual(try await store.range(request).kvs.map(\.value), [bytes("9"), bytes("1")])
    },
    StoreConformanceCase("a put may keep the value and change the rest, if there is a value to keep") { store in
      func keeping(_ key: StoreKey, _ value: [UInt8] = []) -> Transaction {
        Transaction(success: [.put(PutRequest(key: key, value: value, returnsPrevious: true, keepsValue: true))])
      }
      try await expectError(.keyNotFound) { _ = try await store.commit(keeping("a")) }
      try await expectError(.valueProvided) { _ = try await store.commit(keeping("a", [1])) }
      try await expectError(.keyNotFound) {
        _ = try await store.commit(Transaction(success: [.put(PutRequest(key: "a", value: [1], keepsLease: true))]))
      }
      try await expectError(.leaseProvided) {
        _ = try await store.commit(
          Transaction(
            success: [.put(PutRequest(key: "a", value: [1], lease: LeaseID(rawValue: 1), keepsLease: true))]))
      }
      try await store.put("a", bytes("kept"))
      let response = try await store.commit(keeping("a"))
      try expectEqual(response.revision.rawValue, 3, "revision")
      guard case .put(let put)? = response.results.first else { throw ConformanceFailure("no result of the put") }
      try expectEqual(put.previous?.value, bytes("kept"))
      let now = try await store.get("a")
      try expectEqual(now?.value, bytes("kept"))
      try expectEqual(now?.version, 2, "version")
      try await expectError(.keyNotFound) {
        _ = try await store.commit(
          Transaction(success: [.put("b", [1]), .put(PutRequest(key: "c", value: [], keepsValue: true))]))
      }
      try expectEqual(try await store.get("b"), nil, "half of a refused transaction")
    },
  ]
}
