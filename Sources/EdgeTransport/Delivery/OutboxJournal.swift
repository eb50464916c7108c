/// A change of a journal: what the shell of a machine writes to its store. Keys are relative to the journal's own prefix.
public enum JournalOperation: Hashable, Sendable {
  case put(key: [UInt8], value: [UInt8])
  case delete(key: [UInt8])
  /// Deletes the keys `from <= key < until`.
  case deleteRange(from: [UInt8], until: [UInt8])
}

/// Changes that belong together: the items in it count as durable when all of them are on the disk.
///
/// They may be written in several transactions, in any order: no two of them touch one key, and a part that a crash lets
/// through is a valid journal.
public struct JournalBatch: Hashable, Sendable {
  /// 1, 2, 3 ... in one life of the machine.
  public let number: UInt64
  public let operations: [JournalOperation]
}

extension Outbox {
  /// What stands between the outbox and its records on the disk.
  ///
  /// The layout spares writes:
  /// - an object that keeps its latest state only has one record, `o<object key>`, which a newer item overwrites;
  /// - all other items of a batch are packed into segments, `s<number>`, so that hundreds cost one write; a segment goes
  ///   when its last item has. An item that is given up before that leaves a mark behind its segment.
  ///
  /// Each item carries its place in the line; a restart sorts by it. See ``OutboxRecord`` for the bytes.
  struct Journal: Sendable {
    /// Entries that wait for the next batch, in order.
    var staged: [Int] = []
    /// The entries of the batch that is being written.
    var writing: [Int] = []
    /// The number of the batch that is being written; nil between batches.
    var outstanding: UInt64?
    var lastBatch: UInt64 = 0
    var lastSequence: UInt64 = 0
    var lastSegment: UInt64 = 0
    var isRestored = false
    /// How many items of each segment are pending.
    var segments: [UInt64: Int] = [:]
    var removedObjects: Set<String> = []
    var removedSegments: [UInt64] = []
    /// Items that were given up in segments that live on.
    var abandoned: [(segment: UInt64, index: UInt32)] = []
    /// Objects that wait until the disk knows that an item of theirs was given up: before the next batch, and while it is
    /// written.
    var held: [Int] = []
    var releasing: [Int] = []
    /// Items that ended since the last removal.
    var ended = 0
    /// When the first of the removals was seen.
    var removalsSince: Instant?

    var hasRemovals: Bool { !removedObjects.isEmpty || !removedSegments.isEmpty || !abandoned.isEmpty }

    mutating func note(_ records: OutboxRecords) {
      lastSegment = records.lastSegment
      lastSequence = records.records.reduce(0) { max($0, $1.sequence) }
    }
  }

  /// The number of the batch that holds everything enqueued so far: when ``written(_:)`` has been called for it, all of
  /// that is durable.
  public var newestBatch: UInt64 {
    guard let journal else { return 0 }
    return journal.staged.isEmpty ? journal.lastBatch : journal.lastBatch + 1
  }

  /// The batch after which an item that was just enqueued is as durable as its class asks for; 0 when it is already.
  func batch(holding item: DeliveryItem) -> UInt64 {
    let isDurable = item.needsAcknowledgement && configuration[item.deliveryClass].persistence == .durable
    return isDurable ? newestBatch : 0
  }

  /// Whether something was taken that ``nextWrites(now:)`` has yet to hand out.
  public var hasStaged: Bool { journal.map { !$0.staged.isEmpty } ?? false }

  /// What to write now; nil when there is nothing, or the last batch is not written yet.
  ///
  /// Everything taken since the last call goes into one batch; items that were replaced meanwhile were never written.
  /// Removals of acknowledged items come with it, or alone when they are many or old enough.
  public mutating func nextWrites(now: Instant) -> JournalBatch? {
    guard var journal, journal.isRestored, journal.outstanding == nil else { return nil }
    if journal.hasRemovals && journal.removalsSince == nil { journal.removalsSince = now }
    let isRemovalDue =
      !journal.held.isEmpty
      || journal.hasRemovals && journal.ended >= configuration.removalBatch
      || journal.removalsSince.map { $0 + configuration.removalDelay <= now } ?? false
    guard !journal.staged.isEmpty || isRemovalDue else {
      self.journal = journal
      return nil
    }
    var operations: [JournalOperation] = []
    var segment = SegmentWriter()
    for entry in journal.staged {
      write(entry, &journal, &segment, &operations)
      if segment.isFull { segment.flush(into: &operations) }
    }
    segment.flush(into: &operations)
    swap(&journal.staged, &journal.writing)
    swap(&journal.held, &journal.releasing)
    operations += removals(&journal)
    journal.lastBatch += 1
    journal.outstanding = journal.lastBatch
    self.journal = journal
    return JournalBatch(number: journal.lastBatch, operations: operations)
  }

  /// The next moment at which ``nextWrites(now:)`` has something without any other event; nil when none.
  public var nextWriteDeadline: Instant? {
    guard let journal, journal.outstanding == nil else { return nil }
    return journal.removalsSince.map { $0 + configuration.removalDelay }
  }

  /// The batch with this number is on the disk: its items may be sent.
  public mutating func written(_ batch: UInt64) {
    guard let journal, journal.outstanding == batch else { return }
    self.journal?.outstanding = nil
    self.journal?.writing.removeAll(keepingCapacity: true)
    self.journal?.releasing.removeAll(keepingCapacity: true)
    for entry in journal.writing { release(entry) }
    for slot in journal.releasing {
      objects[slot].abandonedRecords -= 1
      objects[slot].entryCount -= 1
      if objects[slot].entryCount == 0 { release(object: slot) } else { schedule(slot) }
    }
  }

  /// Takes back what an earlier life of this outbox had on the disk. Items enqueued before it come after these.
  /// - Parameter records: as they were found, in any order.
  public mutating func restore(_ records: OutboxRecords) {
    guard journal?.isRestored == false else { return }
    journal?.isRestored = true
    journal?.note(records)
    for record in records.pending { restore(record) }
    // What was enqueued before stands behind what was on the disk, also when both come back from a lost connection.
    for entry in journal?.staged ?? [] { entries[entry].stamp = nextStamp() }
    // What was given up to the last item needs its segment no more.
    let alive = journal?.segments ?? [:]
    journal?.removedSegments += records.segments.filter { alive[$0] == nil }
  }

  private mutating func restore(_ record: OutboxRecord) {
    let item = record.item
    let slot = slots[item.objectKey] ?? makeObject(item.objectKey, item.deliveryClass)
    if let highest = record.highest { objects[slot].highest = max(highest, objects[slot].highest ?? 0) }
    let entry = makeEntry(item, of: slot)
    entries[entry].isJournaled = true
    entries[entry].sequence = record.sequence
    entries[entry].segment = record.segment
    if let segment = record.segment { journal?.segments[segment.number, default: 0] += 1 }
    counterTable[classNumber(of: slot)].restored += 1
    guard policy(of: slot).keepsLatestOnly, let head = objects[slot].head else {
      wait(entry, of: slot, policy(of: slot))
      dropStaleStaged(of: slot)
      return
    }
    if entries[head].isJournaled {
      // Two records of one object: the class kept everything when the older one was written.
      supersede(by: entry, of: slot)
    } else {
      waitingCount -= 1
      dispose(entry)
    }
  }

  /// A version that was enqueued before the journal was read may be older than what the journal held.
  private mutating func dropStaleStaged(of slot: Int) {
    guard let staged = objects[slot].staged, let version = entries[staged].item.version,
      let restored = objects[slot].head.flatMap({ entries[$0].item.version }), version <= restored
    else { return }
    journal?.staged.removeAll { $0 == staged }
    objects[slot].staged = nil
    objects[slot].unwrittenCount -= 1
    entries[staged].isJournaled = false
    waitingCount -= 1
    counterTable[classNumber(of: slot)].stale += 1
    dispose(staged)
  }

  // MARK: Entries on their way to the disk

  mutating func stage(_ entry: Int, of slot: Int) {
    entries[entry].stage = .staged
    entries[entry].isJournaled = true
    objects[slot].unwrittenCount += 1
    if policy(of: slot).keepsLatestOnly {
      objects[slot].staged = entry
      // Its record takes the place of the one that was to go.
      journal?.removedObjects.remove(objects[slot].key)
    }
    journal?.staged.append(entry)
  }

  private mutating func write(
    _ entry: Int, _ journal: inout Journal, _ segment: inout SegmentWriter, _ operations: inout [JournalOperation]
  ) {
    let slot = entries[entry].object
    entries[entry].stage = .writing
    let keepsLatestOnly = policy(of: slot).keepsLatestOnly
    if keepsLatestOnly {
      objects[slot].staged = nil
      objects[slot].writing = entry
    }
    if keepsLatestOnly, let older = objects[slot].head, entries[older].sequence > 0 {
      entries[entry].sequence = entries[older].sequence
    } else {
      journal.lastSequence += 1
      entries[entry].sequence = journal.lastSequence
    }
    let record = OutboxRecord(
      item: entries[entry].item, deliveryClass: objects[slot].deliveryClass, sequence: entries[entry].sequence,
      highest: objects[slot].highest)
    if keepsLatestOnly {
      operations.append(.put(key: OutboxRecord.key(object: objects[slot].key), value: record.encoded()))
      return
    }
    if segment.number == nil {
      journal.lastSegment += 1
      segment.number = journal.lastSegment
    }
    entries[entry].segment = (journal.lastSegment, segment.add(record))
    journal.segments[journal.lastSegment, default: 0] += 1
  }

  private mutating func release(_ entry: Int) {
    let slot = entries[entry].object
    objects[slot].unwrittenCount -= 1
    if objects[slot].writing == entry { objects[slot].writing = nil }
    if policy(of: slot).keepsLatestOnly, objects[slot].head != nil {
      supersede(by: entry, of: slot)
    } else {
      wait(entry, of: slot, policy(of: slot))
    }
  }

  /// Lets a newer entry take the place of the one that waits; its record has taken the place of the other's already.
  private mutating func supersede(by entry: Int, of slot: Int) {
    guard let older = popFirst(of: slot) else { return }
    objects[slot].head = entry
    objects[slot].tail = entry
    entries[entry].stage = .waiting
    counterTable[classNumber(of: slot)].coalesced += 1
    dispose(older)
    endDeferral(of: slot)
    schedule(slot)
  }

  // MARK: Removal

  /// Notes that the record of an entry that ends is to go, unless a newer item of its object owns it by now.
  mutating func removeRecord(of entry: Int, _ slot: Int, isAbandoned: Bool) {
    journal?.ended += 1
    guard let (segment, index) = entries[entry].segment else {
      if !policy(of: slot).keepsLatestOnly || objects[slot].newestUnsent == nil {
        journal?.removedObjects.insert(objects[slot].key)
      }
      return
    }
    let rest = (journal?.segments[segment] ?? 1) - 1
    if rest == 0 {
      journal?.segments[segment] = nil
      journal?.removedSegments.append(segment)
    } else {
      journal?.segments[segment] = rest
      if isAbandoned { journal?.abandoned.append((segment, index)) }
    }
    if isAbandoned {
      objects[slot].abandonedRecords += 1
      objects[slot].entryCount += 1
      objects[slot].ticket = nil
      journal?.held.append(slot)
    }
  }

  private func removals(_ journal: inout Journal) -> [JournalOperation] {
    var operations = journal.removedObjects.sorted().map { JournalOperation.delete(key: OutboxRecord.key(object: $0)) }
    var run: ClosedRange<UInt64>?
    func close() {
      guard let run else { return }
      operations.append(
        .deleteRange(
          from: OutboxRecord.key(segment: run.lowerBound), until: OutboxRecord.key(segment: run.upperBound + 1)))
    }
    for number in journal.removedSegments.sorted() {
      if let open = run, open.upperBound + 1 == number {
        run = open.lowerBound...number
      } else {
        close()
        run = number...number
      }
    }
    close()
    for (segment, index) in journal.abandoned where journal.segments[segment] != nil {
      operations.append(.put(key: OutboxRecord.key(abandoned: index, of: segment), value: []))
    }
    journal.removedObjects.removeAll(keepingCapacity: true)
    journal.removedSegments.removeAll(keepingCapacity: true)
    journal.abandoned.removeAll(keepingCapacity: true)
    journal.removalsSince = nil
    journal.ended = 0
    return operations
  }
}
