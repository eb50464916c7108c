import EdgeStore
import Testing

@Suite struct KeyspaceTests {
  private func put(_ key: StoreKey, _ size: Int = 100, in keyspace: inout Keyspace) throws {
    _ = try keyspace.execute(Transaction(success: [.put(key, [UInt8](repeating: 1, count: size))]))
  }

  @Test("compaction frees all that cannot be read any more, in steps, and names each version once")
  func steps() throws {
    var keyspace = Keyspace()
    for index in 0..<500 { try put(StoreKey("k\(index % 5)"), in: &keyspace) }
    _ = try keyspace.execute(Transaction(success: [.delete(.key("k0"))]))
    try put("k0", in: &keyspace)
    let before = keyspace.historyBytes
    try keyspace.compact(upTo: keyspace.revision)
    var dropped: [VersionID] = []
    var steps = 0
    while keyspace.hasCompactionBacklog {
      let step = keyspace.compactStep(limit: 50)
      #expect(step.count <= 52)
      dropped += step
      steps += 1
    }
    #expect(steps >= 10)
    // 502 changes less the four live versions that nothing has superseded and the last revision's own.
    #expect(dropped.count == 497)
    #expect(Set(dropped).count == dropped.count)
    #expect(before > 50_000 && keyspace.historyBytes < 500)
    #expect(try keyspace.range(RangeRequest(.all)).count == 5)
  }

  @Test("the policy keeps the asked number of revisions, and cuts deeper when they are large")
  func policy() throws {
    var keyspace = Keyspace()
    let byCount = CompactionPolicy(keptRevisions: 100, maximumHistoryBytes: .max)
    for _ in 0..<109 { try put("k", in: &keyspace) }
    #expect(byCount.target(for: keyspace) == nil)
    for _ in 0..<11 { try put("k", in: &keyspace) }
    #expect(byCount.target(for: keyspace)?.rawValue == 21)
    let bySize = CompactionPolicy(keptRevisions: 100, maximumHistoryBytes: 10_000)
    let target = try #require(bySize.target(for: keyspace))
    #expect(target > Revision(rawValue: 80) && target < keyspace.revision)
    try keyspace.compact(upTo: target)
    while keyspace.hasCompactionBacklog { _ = keyspace.compactStep(limit: 10) }
    #expect(keyspace.historyBytes <= 10_000)
    #expect(bySize.target(for: keyspace) == nil)
  }

  @Test("one revision larger than the whole allowance does not compact beyond the present")
  func oversizedRevision() throws {
    var keyspace = Keyspace()
    let policy = CompactionPolicy(keptRevisions: 100, maximumHistoryBytes: 1000)
    try put("k", 100_000, in: &keyspace)
    try put("k", 100_000, in: &keyspace)
    try keyspace.compact(upTo: try #require(policy.target(for: keyspace)))
    #expect(keyspace.compactedRevision == keyspace.revision)
    #expect(policy.target(for: keyspace) == nil)
  }

  @Test("a snapshot goes on showing what it showed, through writes and compaction")
  func snapshot() throws {
    var keyspace = Keyspace()
    for index in 0..<50 { try put(StoreKey("k\(index)"), in: &keyspace) }
    let snapshot = keyspace
    let before = try snapshot.range(RangeRequest(.all))
    _ = try keyspace.execute(Transaction(success: [.delete(.all)]))
    try keyspace.compact(upTo: keyspace.revision)
    while keyspace.hasCompactionBacklog { _ = keyspace.compactStep(limit: 10) }
    #expect(try snapshot.range(RangeRequest(.all)) == before)
    #expect(try snapshot.range(RangeRequest(.all, revision: Revision(rawValue: 11))).count == 10)
  }
}
