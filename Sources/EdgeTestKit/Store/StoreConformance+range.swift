import EdgeStore

extension StoreConformance {
  static let rangeCases = [
    StoreConformanceCase("an empty store stands at revision 1 and holds nothing") { store in
      let status = try await store.status()
      try expectEqual(status.revision, .initial, "revision")
      try expectEqual(status.compactedRevision, .zero, "compacted revision")
      try expectEqual(status.keyCount, 0, "key count")
      try expectEqual(
        try await store.range(RangeRequest(.all)), RangeResponse(kvs: [], count: 0, more: false, revision: .initial))
    },
    StoreConformanceCase("the first write is revision 2 and each further one is the next") { store in
      for expected in 2...5 {
        try expectEqual(try await store.put("key", bytes("v")), Revision(rawValue: Int64(expected)), "revision")
      }
      try expectEqual(try await store.status().revision.rawValue, 5, "revision")
    },
    StoreConformanceCase("a key carries its create revision, mod revision and version, anew after a deletion") {
      store in
      try await store.put("key", bytes("1"))
      try await store.put("other", bytes("-"))
      try await store.put("key", bytes("2"))
      try expectEqual(
        try await store.get("key"),
        KeyValue(
          key: "key", value: bytes("2"), createRevision: Revision(rawValue: 2), modRevision: Revision(rawValue: 4),
          version: 2))
      try await store.delete("key")
      try expectEqual(try await store.get("key"), nil, "a deleted key")
      try await store.put("key", bytes("3"))
      try expectEqual(
        try await store.get("key"),
        KeyValue(
          key: "key", value: bytes("3"), createRevision: Revision(rawValue: 6), modRevision: Revision(rawValue: 6),
          version: 1))
    },
    StoreConformanceCase("keys and values may hold any bytes, and keys come back in raw byte order") { store in
      let keys: [[UInt8]] = [
        [0], [0, 0], [0, 255], [1], [0x61], [0x61, 0], [0x61, 0x62], [0x7F], [0x80], [255], [255, 255],
      ]
      for (index, key) in keys.enumerated().reversed() {
        try await store.put(StoreKey(key), index == 3 ? [] : [0, UInt8(index), 255])
      }
      let response = try await store.range(RangeRequest(.all))
      try expectEqual(response.kvs.map(\.key.bytes), keys, "order")
      try expectEqual(response.kvs[3].value, [], "an empty value")
      try expectEqual(response.kvs[4].value, [0, 4, 255], "a binary value")
    },
    StoreConformanceCase("a prefix and an interval select exactly their keys, also around 0xFF") { store in
      let keys: [[UInt8]] = [[0x61], [0x61, 0xFF], [0x61, 0xFF, 0], [0x61, 0xFF, 0xFF], [0x62], [0xFF], [0xFF, 1]]
      for key in keys { try await store.put(StoreKey(key), [1]) }
      func select(_ range: KeyRange) async throws -> [[UInt8]] {
        let response = try await store.range(RangeRequest(range))
        try expectEqual(response.count, response.kvs.count, "count of \(range)")
        try expect(response.kvs.allSatisfy { range.contains($0.key) }, "\(range) holds something else")
        return response.kvs.map(\.key.bytes)
      }
      try expectEqual(try await select(.prefix(StoreKey([0x61, 0xFF]))), Array(keys[1...3]))
      try expectEqual(try await select(.prefix(StoreKey([0xFF]))), Array(keys[5...6]))
      try expectEqual(try await select(.prefix(StoreKey([]))), keys)
      try expectEqual(try await select(.key(StoreKey([0x61]))), [keys[0]])
      try expectEqual(try await select(.from(StoreKey([0x61, 0xFF]), until: StoreKey([0x62]))), Array(keys[1...3]))
      try expectEqual(try await select(.from(StoreKey([0x61]), until: StoreKey([0x61, 0]))), [keys[0]])
      try expectEqual(try await select(.from(StoreKey([0x62]), until: nil)), Array(keys[4...]))
      try expectEqual(try await select(.from(StoreKey([0x62]), until: StoreKey([0x61]))), [])
    },
    StoreConformanceCase("a limit cuts keys off, says that there are more, and leaves the count whole") { store in
      for index in 0..<5 { try await store.put(StoreKey("k\(index)"), [1]) }
      let cut = try await store.range(RangeRequest(.prefix("k"), limit: 2))
      try expectEqual(cut.kvs.map(\.key), ["k0", "k1"])
      try expectEqual(cut.count, 5, "count")
      try expect(cut.more, "more is not set")
      let exact = try await store.range(RangeRequest(.prefix("k"), limit: 5))
      try expectEqual(exact.kvs.count, 5)
      try expect(!exact.more, "more is set though all came")
    },
    StoreConformanceCase("asking for the count or for keys only leaves out the rest") { store in
      for index in 0..<3 { try await store.put(StoreKey("k\(index)"), bytes("value")) }
      let counted = try await store.range(RangeRequest(.prefix("k"), countOnly: true))
      try expectEqual(counted.kvs, [])
      try expectEqual(counted.count, 3, "count")
      let keys = try await store.range(RangeRequest(.prefix("k"), keysOnly: true))
      try expectEqual(keys.kvs.map(\.key), ["k0", "k1", "k2"])
      try expect(keys.kvs.allSatisfy { $0.value.isEmpty && $0.version == 1 }, "values came, or versions did not")
    },
    StoreConformanceCase("a read at an older revision sees exactly what was there then") { store in
      try await store.put("a", bytes("1"))  // 2
      try await store.put("b", bytes("1"))  // 3
      try await store.put("a", bytes("2"))  // 4
      try await store.delete("b")  // 5
      try await store.put("c", bytes("1"))  // 6
      try await store.put("b", bytes("2"))  // 7
      let expected = ["", "a=1", "a=1 b=1", "a=2 b=1", "a=2", "a=2 c=1", "a=2 b=2 c=1"]
      for (index, content) in expected.enumerated() {
        let revision = Revision(rawValue: Int64(index + 1))
        let response = try await store.range(RangeRequest(.all, revision: revision))
        let seen = response.kvs.map { "\($0.key)=\(String(decoding: $0.value, as: UTF8.self))" }.joined(separator: " ")
        try expectEqual(seen, content, "content at \(revision)")
        try expectEqual(response.count, response.kvs.count, "count at \(revision)")
        try expectEqual(response.revision.rawValue, 7, "the response's revision")
        let b = try await store.get("b", revision: revision)
        try expectEqual(
          b.map { String(decoding: $0.value, as: UTF8.self) }, [nil, nil, "1", "1", nil, nil, "2"][index])
      }
    },
    StoreConformanceCase("pages of one revision are not disturbed by writes between them") { store in
      for index in 0..<10 { try await store.put(StoreKey("k\(index)"), bytes("old")) }
      let first = try await store.range(RangeRequest(.prefix("k"), limit: 4))
      try await store.delete("k5")
      try await store.put("k45", bytes("new"))
      try await store.put("k7", bytes("new"))
      var seen = first.kvs
      var more = first.more
      while more, let last = seen.last {
        let rest = KeyRange.from(last.key.successor, until: KeyRange.prefix("k").end)
        let page = try await store.range(RangeRequest(rest, limit: 4, revision: first.revision))
        try expectEqual(page.count, 10 - seen.count, "count from the page on")
        seen += page.kvs
        more = page.more
      }
      try expectEqual(seen.map(\.key), (0..<10).map { StoreKey("k\($0)") })
      try expect(seen.allSatisfy { $0.value == bytes("old") }, "a page shows a later write")
    },
    StoreConformanceCase("a read at a revision that has not happened is refused") { store in
      try await store.put("a", [1])
      try await expectError(.futureRevision) { _ = try await store.get("a", revision: Revision(rawValue: 3)) }
    },
    StoreConformanceCase("an empty key is refused wherever a key is needed") { store in
      try await expectError(.keyNotProvided) { _ = try await store.get("") }
      try await expectError(.keyNotProvided) { try await store.put("", [1]) }
      try await expectError(.keyNotProvided) { _ = try await store.delete(StoreKey("")) }
      try await expectError(.keyNotProvided) {
        _ = try await store.commit(Transaction(compares: [.absent("")], success: []))
      }
      try expectEqual(try await store.status().revision, .initial, "revision")
    },
  ]
}
