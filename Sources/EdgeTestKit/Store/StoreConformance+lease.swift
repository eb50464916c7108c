import EdgeStore

extension StoreConformance {
  static let leaseCases = [
    StoreConformanceCase("a lease has the asked id or one of the store's choice, and at least two whole seconds") {
      store in
      let asked = try await store.grantLease(LeaseID(rawValue: 77), timeToLive: .seconds(100))
      try expectEqual(asked, Lease(id: LeaseID(rawValue: 77), timeToLive: .seconds(100)))
      let chosen = try await store.grantLease(timeToLive: .milliseconds(10))
      try expect(chosen.id.rawValue > 0 && chosen.id != asked.id, "the chosen id is \(chosen.id)")
      try expectEqual(chosen.timeToLive, Lease.minimumTimeToLive, "time to live")
      try await expectError(.leaseExists) { _ = try await store.grantLease(asked.id, timeToLive: .seconds(5)) }
      try await expectError(.leaseTTLTooLarge) {
        _ = try await store.grantLease(timeToLive: Lease.maximumTimeToLive + .seconds(1))
      }
      try expectEqual(Set(try await store.leases().map(\.id)), [asked.id, chosen.id], "leases")
      try expectEqual(try await store.status().revision, .initial, "a grant does not raise the revision")
      try expectEqual(try await store.status().leaseCount, 2, "lease count")
    },
    StoreConformanceCase("leases are listed in the order in which they end, whatever their ids") { store in
      for (id, seconds) in [(40, 500), (30, 700), (20, 600), (10, 600)] as [(Int64, Int64)] {
        _ = try await store.grantLease(LeaseID(rawValue: id), timeToLive: .seconds(seconds))
      }
      let order = try await store.leases().map(\.id.rawValue)
      try expectEqual(order.first, 40, "the first to end")
      try expectEqual(order.last, 30, "the last to end")
      try expectEqual(Set(order), [10, 20, 30, 40], "leases")
    },
    StoreConformanceCase("a lease that does not exist is refused where it is needed, and has no status") { store in
      let unknown = LeaseID(rawValue: 12345)
      try await expectError(.leaseNotFound) { try await store.put("a", [1], lease: unknown) }
      try await expectError(.leaseNotFound) { try await store.revokeLease(unknown) }
      try await expectError(.leaseNotFound) { try await store.keepLeaseAlive(unknown) }
      try expectEqual(try await store.leaseStatus(unknown), nil)
      try await expectError(.leaseNotFound) {
        _ = try await store.commit(
          Transaction(success: [.put("a", [1]), .put(PutRequest(key: "b", value: [1], lease: unknown))]))
      }
      try expectEqual(try await store.status().revision, .initial, "a refused transaction changed something")
    },
    StoreConformanceCase("revoking deletes the lease's keys in one revision, and no others") { store in
      let lease = try await store.grantLease(timeToLive: .seconds(1000))
      for key in ["b", "a", "c"] { try await store.put(StoreKey(key), bytes("1"), lease: lease.id) }  // 2...4
      try await store.put("other", bytes("1"))
      try expectEqual(try await store.get("a")?.lease, lease.id, "the key's lease")
      try expectEqual(try await store.leaseStatus(lease.id)?.keys, ["a", "b", "c"])
      let watch = try await store.watch(WatchRequest(.all, previousValues: true))
      try expectEqual(try await store.revokeLease(lease.id).rawValue, 6, "revision")
      let batch = try await watch.nextBatch()
      try expectEqual(batch.revision.rawValue, 6, "the events' revision")
      try expectEqual(batch.events.map(summary), ["delete a", "delete b", "delete c"])
      try expect(batch.events.allSatisfy { $0.keyValue.lease == .none && $0.previous?.lease == lease.id }, "leases")
      try expectEqual(try await store.range(RangeRequest(.all)).kvs.map(\.key), ["other"])
      try expectEqual(try await store.leases(), [])
    },
    StoreConformanceCase("revoking a lease without keys leaves the revision alone") { store in
      let lease = try await store.grantLease(timeToLive: .seconds(1000))
      try expectEqual(try await store.revokeLease(lease.id), .initial, "revision")
    },
    StoreConformanceCase("a put moves the key to its lease, a put without one takes it away, keepsLease leaves it") {
      store in
      let first = try await store.grantLease(timeToLive: .seconds(1000))
      let second = try await store.grantLease(timeToLive: .seconds(1000))
      for key in ["moved", "freed", "kept", "deleted"] { try await store.put(StoreKey(key), [1], lease: first.id) }
      try await store.put("moved", [2], lease: second.id)
      try await store.put("freed", [2])
      _ = try await store.commit(Transaction(success: [.put(PutRequest(key: "kept", value: [2], keepsLease: true))]))
      try await store.delete("deleted")
      try await store.put("deleted", [3])
      try expectEqual(try await store.leaseStatus(first.id)?.keys, ["kept"])
      try expectEqual(try await store.leaseStatus(second.id)?.keys, ["moved"])
      try await store.revokeLease(first.id)
      try expectEqual(try await store.range(RangeRequest(.all)).kvs.map(\.key), ["deleted", "freed", "moved"])
    },
    StoreConformanceCase("compares may ask for a key's lease") { store in
      let lease = try await store.grantLease(timeToLive: .seconds(1000))
      try await store.put("a", [1], lease: lease.id)
      let held = try await store.commit(
        Transaction(compares: [.lease(of: "a", .equal, lease.id), .lease(of: "none", .equal, .none)], success: []))
      try expect(held.succeeded, "the compare does not hold")
    },
  ]

  /// Cases that wait for a lease to end or for a timed note of progress: on a backend with a clock of its own they take
  /// seconds.
  static let timedCases = [
    StoreConformanceCase("a lease that is not kept alive ends by itself, with all its keys in one revision") {
      (store, pass) in
      let lease = try await store.grantLease(timeToLive: .seconds(2))
      let other = try await store.grantLease(timeToLive: .seconds(1000))
      for key in ["a", "b"] { try await store.put(StoreKey(key), [1], lease: lease.id) }
      try await store.put("c", [1], lease: other.id)
      let watch = try await store.watch(WatchRequest(.all))
      try await pass(.seconds(1))
      let remaining = try await store.leaseStatus(lease.id)?.remaining
      try expect(remaining.map { $0 <= .seconds(1) && $0 > .zero } ?? false, "remaining \(remaining as Any)")
      try await pass(.seconds(2))
      let batch = try await watch.nextBatch()
      try expectEqual(batch.events.map(summary), ["delete a", "delete b"])
      try expectEqual(try await store.leaseStatus(lease.id), nil)
      try await expectError(.leaseNotFound) { try await store.keepLeaseAlive(lease.id) }
      try expectEqual(try await store.range(RangeRequest(.all)).kvs.map(\.key), ["c"])
    },
    StoreConformanceCase("a keepalive gives the whole time again, and writes nothing") { (store, pass) in
      let lease = try await store.grantLease(timeToLive: .seconds(3))
      try await store.put("a", [1], lease: lease.id)
      for _ in 0..<3 {
        try await pass(.seconds(2))
        try expectEqual(try await store.keepLeaseAlive(lease.id), lease)
      }
      try expectEqual(try await store.get("a")?.value, [1])
      try expectEqual(try await store.status().revision.rawValue, 2, "revision")
    },
    StoreConformanceCase("a watch that asked for it is told of its progress when nothing happened for a while") {
      (store, pass) in
      try await store.put("other", [1])
      let watch = try await store.watch(WatchRequest(.prefix("k"), progressInterval: .seconds(1)))
      async let first = watch.nextBatch()
      try await pass(.milliseconds(1100))
      try expectEqual(try await first, WatchBatch(revision: Revision(rawValue: 2), events: []))
    },
  ]
}
