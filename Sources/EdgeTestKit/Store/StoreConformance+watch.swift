import EdgeStore

extension StoreConformance {
  static let watchCases = [
    StoreConformanceCase("a watch without a start shows what happens after it was made") { store in
      try await store.put("a", bytes("before"))
      let watch = try await store.watch(WatchRequest(.prefix("a")))
      try expectEqual(watch.createdAt.rawValue, 2, "createdAt")
      try await store.put("a", bytes("1"))
      try await store.delete("a")
      try await store.put("a", bytes("2"))
      let batches = try await watch.batches(through: Revision(rawValue: 5))
      try expectEqual(batches.map(\.revision.rawValue), [3, 4, 5])
      try expectEqual(batches.flatMap(\.events).map(summary), ["put a=1", "delete a", "create a=2"])
      try expect(batches.flatMap(\.events).allSatisfy { $0.previous == nil }, "previous values came unasked")
    },
    StoreConformanceCase("a watch from an earlier revision shows all that happened since, then what happens") { store in
      try await store.put("a", bytes("1"))
      try await store.put("b", bytes("1"))
      try await store.put("a", bytes("2"))
      let watch = try await store.watch(WatchRequest(.key("a"), startRevision: Revision(rawValue: 2)))
      try await store.put("a", bytes("3"))
      let batches = try await watch.batches(through: Revision(rawValue: 5))
      try expectEqual(batches.map(\.revision.rawValue), [2, 4, 5])
      try expectEqual(batches.flatMap(\.events).map(summary), ["create a=1", "put a=2", "put a=3"])
    },
    StoreConformanceCase("a watch from a revision to come is silent until it has come") { store in
      let watch = try await store.watch(WatchRequest(.all, startRevision: Revision(rawValue: 4)))
      for value in ["1", "2", "3"] { try await store.put("a", bytes(value)) }
      let batch = try await watch.nextBatch()
      try expectEqual(batch.revision.rawValue, 4, "revision")
      try expectEqual(batch.events.map(summary), ["put a=3"])
    },
    StoreConformanceCase("previous values come with every change that had one, and with no creation") { store in
      let watch = try await store.watch(WatchRequest(.all, previousValues: true))
      try await store.put("a", bytes("1"))
      try await store.put("a", bytes("2"))
      try await store.delete("a")
      let events = try await watch.batches(through: Revision(rawValue: 4)).flatMap(\.events)
      try expectEqual(events.map { $0.previous?.value }, [nil, bytes("1"), bytes("2")])
      try expectEqual(events.map { $0.previous?.modRevision.rawValue }, [nil, 2, 3])
      try expectEqual(
        events[2].keyValue,
        KeyValue(key: "a", value: [], createRevision: .zero, modRevision: Revision(rawValue: 4), version: 0))
    },
    StoreConformanceCase("all events of a revision come in one batch, in the operations' order") { store in
      try await store.put("m", bytes("0"))
      let watch = try await store.watch(WatchRequest(.all))
      _ = try await store.commit(
        Transaction(success: [.put("z", bytes("1")), .delete(.key("m")), .put("a", bytes("2"))]))
      let live = try await watch.nextBatch()
      try expectEqual(live.events.map(summary), ["create z=1", "delete m", "create a=2"])
      let later = try await store.watch(WatchRequest(.all, startRevision: live.revision))
      try expectEqual(try await later.nextBatch(), live, "the batch read again from history")
    },
    StoreConformanceCase("a watch shows the keys it asked for and no others") { store in
      let watch = try await store.watch(WatchRequest(.prefix("pods/")))
      try await store.put("nodes/a", bytes("1"))
      _ = try await store.commit(
        Transaction(success: [.put("nodes/b", bytes("1")), .put("pods/a", bytes("1")), .put("podsx", bytes("1"))]))
      _ = try await store.create("pods/a", bytes("not written"))
      try await store.put("pods/b", bytes("1"))
      let batches = try await watch.batches(through: Revision(rawValue: 4))
      try expectEqual(batches.map { $0.events.map(summary) }, [["create pods/a=1"], ["create pods/b=1"]])
    },
    StoreConformanceCase("a cancelled watch ends, for a waiting reader too, and other watches go on") { store in
      let doomed = try await store.watch(WatchRequest(.all))
      let other = try await store.watch(WatchRequest(.all))
      async let waiting = doomed.nextOrEnd()
      try await Task.sleep(for: .milliseconds(5))
      doomed.cancel()
      try expectEqual(try await waiting, nil, "what a waiting reader got")
      try await store.put("a", bytes("1"))
      try expectEqual(try await doomed.nextOrEnd(), nil, "what came after the end")
      try expectEqual(try await other.nextBatch().events.map(summary), ["create a=1"])
    },
    StoreConformanceCase("cancelling the reading task ends its watch") { store in
      let watch = try await store.watch(WatchRequest(.all))
      let reader = Task { () async throws -> WatchBatch? in
        var iterator = watch.makeAsyncIterator()
        return try await iterator.next()
      }
      try await Task.sleep(for: .milliseconds(5))
      reader.cancel()
      try expectEqual(try await reader.value, nil, "what the reader got")
    },
  ]

  static let slowWatchCases = [
    StoreConformanceCase("a reader who comes late finds every batch, and delays no writer") { store in
      let watch = try await store.watch(WatchRequest(.prefix("k"), previousValues: true))
      let count = 300
      for index in 0..<count {
        try await store.put(StoreKey("k\(index % 7)"), bytes(String(index)))
        if index % 3 == 0 { try await store.put("unrelated", bytes(String(index))) }
      }
      let last = try await store.status().revision
      try await store.put("k-end", bytes("end"))
      let batches = try await watch.batches(through: last.next)
      try expectEqual(batches.count, count + 1, "batches")
      let values = batches.dropLast().map { String(decoding: $0.events[0].keyValue.value, as: UTF8.self) }
      try expectEqual(values, (0..<count).map(String.init))
      try expect(batches[7...].dropLast().allSatisfy { $0.events[0].previous != nil }, "a previous value is missing")
    },
    StoreConformanceCase("a watch that catches up while writers go on sees each revision once") { store in
      let (writers, rounds) = (4, 60)
      let total = writers * rounds
      let watch = try await store.watch(WatchRequest(.all, startRevision: Revision(rawValue: 2)))
      async let seen = watch.batches(through: Revision(rawValue: Int64(total + 1)))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<writers {
          group.addTask {
            for round in 0..<rounds { try await store.put(StoreKey("w\(writer)"), bytes(String(round))) }
          }
        }
        try await group.waitForAll()
      }
      let batches = try await seen
      try expectEqual(batches.map(\.revision.rawValue), Array(2...Int64(total + 1)), "revisions")
      for writer in 0..<writers {
        let key = StoreKey("w\(writer)")
        let values = batches.flatMap(\.events).filter { $0.keyValue.key == key }
        try expectEqual(
          values.map { String(decoding: $0.keyValue.value, as: UTF8.self) }, (0..<rounds).map(String.init),
          "writes of \(key)")
      }
    },
  ]
}
