import EdgeStore

extension StoreConformance {
  static let compactionCases = [
    StoreConformanceCase("below the compacted revision nothing is readable, from it on everything is") { store in
      try await store.put("a", bytes("1"))  // 2
      try await store.put("gone", bytes("1"))  // 3
      try await store.delete("gone")  // 4
      try await store.put("a", bytes("2"))  // 5
      try await store.put("a", bytes("3"))  // 6
      try await store.compact(upTo: Revision(rawValue: 4))
      try expectEqual(try await store.status().compactedRevision.rawValue, 4, "compacted revision")
      try await expectError(.compacted) { _ = try await store.get("a", revision: Revision(rawValue: 3)) }
      try expectEqual(try await store.get("a", revision: Revision(rawValue: 4))?.value, bytes("1"))
      try expectEqual(try await store.get("a", revision: Revision(rawValue: 5))?.value, bytes("2"))
      try expectEqual(try await store.get("a")?.createRevision.rawValue, 2, "create revision")
      let past = try await store.range(RangeRequest(.all, revision: Revision(rawValue: 4)))
      try expectEqual(past.kvs.map(\.key), ["a"])
    },
    StoreConformanceCase("compacting what was compacted, or what has not happened, is refused") { store in
      for value in ["1", "2", "3"] { try await store.put("a", bytes(value)) }
      try await store.compact(upTo: Revision(rawValue: 3))
      try await expectError(.compacted) { try await store.compact(upTo: Revision(rawValue: 3)) }
      try await expectError(.compacted) { try await store.compact(upTo: Revision(rawValue: 2)) }
      try await expectError(.futureRevision) { try await store.compact(upTo: Revision(rawValue: 5)) }
      try expectEqual(try await store.status().revision.rawValue, 4, "compaction does not raise the revision")
    },
    StoreConformanceCase("revisions go on after everything was deleted and compacted") { store in
      for index in 0..<20 { try await store.put(StoreKey("k\(index)"), [1]) }
      try expectEqual(try await store.delete(.all), 20, "deleted")
      try await store.compact(upTo: Revision(rawValue: 22))
      let response = try await store.range(RangeRequest(.all))
      try expectEqual(response, RangeResponse(kvs: [], count: 0, more: false, revision: Revision(rawValue: 22)))
      try expectEqual(try await store.put("k0", [1]).rawValue, 23, "revision")
      try expectEqual(try await store.get("k0")?.version, 1, "version")
    },
    StoreConformanceCase("a watch that starts below the compacted revision is told so, with the revision") { store in
      for value in ["1", "2", "3", "4"] { try await store.put("a", bytes(value)) }
      try await store.compact(upTo: Revision(rawValue: 4))
      let watch = try await store.watch(WatchRequest(.all, startRevision: Revision(rawValue: 3)))
      do {
        _ = try await watch.nextOrEnd()
        throw ConformanceFailure("no error")
      } catch let error as StoreError {
        try expectEqual(error.code, .compacted, "code")
        try expectEqual(error.compactedRevision?.rawValue, 4, "the error's compacted revision")
      }
      try expectEqual(try await watch.nextOrEnd(), nil, "what came after the error")
    },
    StoreConformanceCase("a watch may start at the compacted revision, and misses no previous value there") { store in
      for value in ["1", "2", "3"] { try await store.put("a", bytes(value)) }
      try await store.delete("a")  // 5
      try await store.put("a", bytes("4"))
      try await store.compact(upTo: Revision(rawValue: 5))
      let watch = try await store.watch(
        WatchRequest(.all, startRevision: Revision(rawValue: 5), previousValues: true))
      let batches = try await watch.batches(through: Revision(rawValue: 6))
      try expectEqual(batches.flatMap(\.events).map(summary), ["delete a", "create a=4"])
      try expectEqual(batches.flatMap(\.events).map { $0.previous?.value }, [bytes("3"), nil])
    },
    StoreConformanceCase("compaction does not disturb a watch that has nothing outstanding") { store in
      let watch = try await store.watch(WatchRequest(.key("quiet")))
      for index in 0..<200 { try await store.put("busy", bytes(String(index))) }
      try await store.compact(upTo: Revision(rawValue: 201))
      try await store.put("quiet", bytes("1"))
      try expectEqual(try await watch.nextBatch().events.map(summary), ["create quiet=1"])
    },
    StoreConformanceCase("status counts the keys that exist") { store in
      for index in 0..<5 { try await store.put(StoreKey("k\(index)"), [1]) }
      try await store.put("k0", [2])
      try await store.delete("k1")
      let status = try await store.status()
      try expectEqual(status.keyCount, 4, "keys")
      try expectEqual(status.revision.rawValue, 8, "revision")
      try expect(status.databaseBytes > 0, "the store claims to need no room")
    },
  ]
}
