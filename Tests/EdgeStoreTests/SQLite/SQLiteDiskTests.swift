#if SQLite
import Dispatch
import EdgeStore
@testable import EdgeStoreSQLite
import EdgeTestKit
import Synchronization
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the store promises of a disk that is slow or fails, and what it does meanwhile.
@Suite struct SQLiteDiskTests {
  @Test("nobody is told of a write, or sees it, before its log is on the disk")
  func silenceBeforeTheDisk() async throws {
    try await withTemporaryDirectory { directory in
      let disk = Gate()
      let store = try SQLiteStore.open(path: directory + "/state.db", disk: { disk.pass() })
      try await store.put("first", [1])
      disk.close()
      let isAnswered = Shared(false)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await store.put("second", [2])
          isAnswered.set(true)
        }
        await disk.reached()
        let wasAnswered = isAnswered.get()
        #expect(!wasAnswered)
        #expect(try await store.range(RangeRequest(.all)).kvs.map(\.key) == ["first"])
        #expect(try await store.status().revision == Revision(rawValue: 2))
        disk.open()
        try await group.waitForAll()
      }
      #expect(try await store.range(RangeRequest(.all)).kvs.map(\.key) == ["first", "second"])
      await store.close()
    }
  }

  @Test("while the disk works at one group the next ones gather, and all are told in the order of their revisions")
  func orderBehindTheDisk() async throws {
    try await withTemporaryDirectory { directory in
      let syncs = Shared(0)
      let store = try SQLiteStore.open(
        path: directory + "/state.db", configuration: SQLiteStoreConfiguration(compaction: nil),
        disk: {
          syncs.update { $0 += 1 }
          usleep(2000)
        })
      let watch = try await store.watch(WatchRequest(.all, startRevision: Revision(rawValue: 2)))
      let writers = 24
      let writes = 40
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<writers {
          group.addTask {
            var last = Revision.zero
            for number in 0..<writes {
              let revision = try await store.put(StoreKey("key-\(writer)"), [UInt8(number)])
              #expect(revision > last)
              #expect(
                try await store.range(RangeRequest(.key(StoreKey("key-\(writer)")))).kvs[0].value == [UInt8(number)])
              last = revision
            }
          }
        }
        try await group.waitForAll()
      }
      var seen: [Revision] = []
      var batches = watch.makeAsyncIterator()
      while seen.count < writers * writes, let batch = try await batches.next() {
        seen += batch.events.map(\.keyValue.modRevision)
      }
      #expect(seen == (0..<writers * writes).map { Revision(rawValue: Int64($0 + 2)) })
      let count = syncs.get()
      #expect(count < writers * writes / 4, "groups are larger than single writes")
      await store.close()
    }
  }

  @Test("when the log cannot be brought to the disk, nobody's write is acknowledged and no later one is accepted")
  func brokenDisk() async throws {
    try await withTemporaryDirectory { directory in
      let isBroken = Shared(false)
      let store = try SQLiteStore.open(
        path: directory + "/state.db",
        disk: { () throws(StoreError) in
          if isBroken.get() { throw StoreError(.io, "the disk is gone") }
        })
      try await store.put("kept", [1])
      let watch = try await store.watch(WatchRequest(.all, startRevision: Revision(rawValue: 2)))
      isBroken.set(true)
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<50 {
          group.addTask {
            let error = await #expect(throws: StoreError.self) { try await store.put(StoreKey("lost-\(number)"), [2]) }
            #expect(error?.code == .io || error?.code == .readOnly)
          }
        }
      }
      isBroken.set(false)
      let later = await #expect(throws: StoreError.self) { try await store.put("later", [3]) }
      #expect(later?.code == .readOnly)
      #expect(try await store.status().writeRefusal == .readOnly)
      #expect(try await store.range(RangeRequest(.all)).kvs.map(\.key) == ["kept"])
      var batches = watch.makeAsyncIterator()
      #expect(try await batches.next()?.events.map(\.keyValue.key) == ["kept"])
      await store.close()
    }
  }

  @Test("what is acknowledged is in the files as they were when the disk had them, however torn what came after is")
  func powerCut() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.db"
      let acknowledged = Shared<[StoreKey: Int64]>([:])
      let cut = Shared<(files: [String: [UInt8]], expected: [StoreKey: Int64])?>(nil)
      let syncs = Shared(0)
      // Nothing is copied into the database meanwhile, so that its files can be read one after the other.
      let configuration = SQLiteStoreConfiguration(compaction: nil, checkpointBytes: 1 << 30)
      let store = try SQLiteStore.open(
        path: path, configuration: configuration,
        disk: {
          let number = syncs.update { count in
            count += 1
            return count
          }
          if number % 7 != 0 { return }
          // The writer goes on while this reads, so the log's end is torn, as after a loss of power.
          let expected = acknowledged.get()
          let files = ["", "-wal"].map { ($0, readFile(path + $0)) }
          cut.set((Dictionary(uniqueKeysWithValues: files), expected))
        })
      let checks = Shared(0)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<16 {
          group.addTask {
            for number in 1...60 {
              let key = StoreKey("key-\(writer)-\(number % 5)")
              let value = [UInt8](repeating: UInt8(number), count: 40 * number)
              let revision = try await store.put(key, value)
              acknowledged.update { $0[key] = revision.rawValue }
              guard writer == 0, let (files, expected) = cut.update({ $0.take() }) else { continue }
              let copy = "\(directory)/cut-\(number).db"
              for (suffix, bytes) in files { writeFile(copy + suffix, bytes) }
              let after = try SQLiteStore.open(path: copy, configuration: configuration)
              let there = Dictionary(
                uniqueKeysWithValues: try await after.range(RangeRequest(.all)).kvs.map { ($0.key, $0.modRevision) })
              for (key, revision) in expected {
                #expect((there[key] ?? .zero) >= Revision(rawValue: revision), "\(key) was acknowledged")
              }
              await after.close()
              checks.update { $0 += 1 }
            }
          }
        }
        try await group.waitForAll()
      }
      let count = checks.get()
      #expect(count > 3)
      await store.close()
    }
  }

  @Test("the writer gets one group ahead of the disk, and only when that is worth its pages")
  func lead() {
    var groups = UnsyncedGroups()
    #expect(!groups.isWorthLeaving(1, pending: 0))
    #expect(!groups.isWorthLeaving(8, pending: 3))
    #expect(groups.isWorthLeaving(8, pending: 4))
    let step1 = groups.nextWriterAction(pending: 0)
    #expect(step1 == .goOn)
    let step2 = groups.add(group(of: 8))
    #expect(step2)
    let step3 = groups.nextWriterAction(pending: 3)
    #expect(step3 == .wait(gathering: 4))
    let step4 = groups.nextWriterAction(pending: 4)
    #expect(step4 == .goOn)
    let step5 = groups.take()
    #expect(step5?.count == 1)
    #expect(groups.isWorthLeaving(1, pending: 0), "it must not be told before the first one")
    let step6 = groups.add(group(of: 4))
    #expect(!step6)
    let step7 = groups.nextWriterAction(pending: 100)
    #expect(step7 == .wait(gathering: nil))
    let step8 = groups.answered(1, requests: 8)
    #expect(step8, "the writer waits for it")
    let step9 = groups.nextWriterAction(pending: 1)
    #expect(step9 == .wait(gathering: 2))
    let step10 = groups.take()
    #expect(step10?.count == 1)
    let step11 = groups.answered(1, requests: 4)
    #expect(step11)
    let step12 = groups.take()
    #expect(step12 == nil && groups.isEmpty)
    let step13 = groups.nextWriterAction(pending: 0)
    #expect(step13 == .goOn)
    let step14 = groups.add(group(of: 1))
    #expect(step14, "syncing had ended")
  }

  private func group(of requests: Int) -> GroupWriter.Result {
    GroupWriter.Result(
      outcomes: (0..<requests).map { _ in .settled(nil) }, published: [], keyspace: Keyspace(), owesSync: true)
  }
}

/// What tasks and the disk tell each other.
private final class Shared<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  init(_ value: Value) { self.value = Mutex(value) }

  func get() -> Value { value.withLock { $0 } }

  func set(_ new: Value) { value.withLock { $0 = new } }

  func update<Output: Sendable>(_ body: @Sendable (inout Value) -> Output) -> Output {
    value.withLock { value in body(&value) }
  }
}

/// A disk that can be held.
private final class Gate: Sendable {
  private struct Standing {
    var isClosed = false
    var isReached = false
    var arrivals: [CheckedContinuation<Void, Never>] = []
  }
  private let standing = Mutex(Standing())
  private let opening = DispatchSemaphore(value: 0)

  func close() { standing.withLock { $0.isClosed = true } }

  func open() {
    standing.withLock { $0.isClosed = false }
    opening.signal()
  }

  /// What the disk calls.
  func pass() {
    let arrivals = standing.withLock { standing -> [CheckedContinuation<Void, Never>]? in
      guard standing.isClosed else { return nil }
      standing.isReached = true
      defer { standing.arrivals = [] }
      return standing.arrivals
    }
    guard let arrivals else { return }
    for arrival in arrivals { arrival.resume() }
    opening.wait()
  }

  /// Returns when somebody waits at the gate.
  func reached() async {
    await withCheckedContinuation { caller in
      let isThere = standing.withLock { standing in
        if !standing.isReached { standing.arrivals.append(caller) }
        return standing.isReached
      }
      if isThere { caller.resume() }
    }
  }
}
#endif
