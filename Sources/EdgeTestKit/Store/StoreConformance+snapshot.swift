import EdgeStore

extension StoreConformance {
  static let snapshotCases = [
    StoreConformanceCase("a snapshot comes in pieces, none empty, as many bytes as it said, and then ends") { store in
      for index in 0..<50 { try await store.put(StoreKey("k\(index)"), [UInt8](repeating: 7, count: 10_000)) }
      let snapshot = try await store.snapshot()
      if let revision = snapshot.revision { try expectEqual(revision.rawValue, 51, "the snapshot's revision") }
      var count: Int64 = 0
      while let piece = try await snapshot.next() {
        try expect(!piece.isEmpty, "a piece is empty")
        count += Int64(piece.count)
      }
      try expect(count >= 500_000, "a snapshot of 500,000 bytes of values has \(count)")
      if let total = snapshot.totalBytes { try expectEqual(count, total, "bytes") }
      try expectEqual(try await snapshot.next(), nil, "what follows the end")
      try expectEqual(try await store.status().revision.rawValue, 51, "a snapshot does not raise the revision")
    },
    StoreConformanceCase("writes go on while a snapshot is being read, and one that is cancelled gives nothing more") {
      store in
      for index in 0..<50 { try await store.put(StoreKey("k\(index)"), [UInt8](repeating: 7, count: 10_000)) }
      let snapshot = try await store.snapshot()
      try expect(try await snapshot.next() != nil, "the snapshot is empty")
      try expectEqual(try await store.put("later", [1]).rawValue, 52, "the revision of a write beside the snapshot")
      snapshot.cancel()
      try await expectError(.closed) { _ = try await snapshot.next() }
      try expectEqual(try await store.get("later")?.value, [1])
    },
  ]

  /// Checks that a store made again from a snapshot is the store of that moment: content, leases, history, and where it
  /// goes on. For backends that can be restored.
  ///
  /// - Parameters:
  ///   - store: an empty store at revision 1 without automatic compaction.
  ///   - restore: makes a store of the snapshot.
  public static func checkRestoring(
    of store: any MVCCStore, restore: (StoreSnapshot) async throws -> any MVCCStore
  ) async throws {
    let lease = try await store.grantLease(LeaseID(rawValue: 7), timeToLive: .seconds(1000))
    for index in 0..<30 { try await store.put(StoreKey("k\(index)"), bytes(String(index))) }  // 2...31
    try await store.put("leased", bytes("1"), lease: lease.id)  // 32
    try await store.delete(.from("k0", until: "k19"))  // 33
    try await store.put("k1", bytes("again"))  // 34
    try await store.compact(upTo: Revision(rawValue: 20))
    try await store.put("k1", bytes("newest"))  // 35
    let snapshot = try await store.snapshot()
    try await store.put("later", bytes("1"))
    let restored = try await restore(snapshot)
    let now = try await restored.status()
    try expectEqual(now.revision.rawValue, 35, "revision")
    try expectEqual(now.compactedRevision.rawValue, 20, "compacted revision")
    for revision in 20...35 {
      let request = RangeRequest(.all, revision: Revision(rawValue: Int64(revision)))
      try expectEqual(try await restored.range(request).kvs, try await store.range(request).kvs, "at \(revision)")
    }
    try await expectError(.compacted) { _ = try await restored.get("k1", revision: Revision(rawValue: 19)) }
    try expectEqual(try await restored.leases(), [lease], "leases")
    try expectEqual(try await restored.leaseStatus(lease.id)?.keys, ["leased"], "keys under the lease")
    let watch = WatchRequest(.all, startRevision: Revision(rawValue: 20), previousValues: true)
    let expected = try await store.watch(watch).batches(through: Revision(rawValue: 35))
    try expectEqual(try await restored.watch(watch).batches(through: Revision(rawValue: 35)), expected, "history")
    try expectEqual(try await restored.put("next", [1]).rawValue, 36, "the next revision")
  }
}
