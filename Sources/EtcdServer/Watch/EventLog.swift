#if Networking
import EdgeGRPC
import EdgeProtobuf
import EdgeStore
import EtcdAPI
import NIOCore

/// Consecutive revisions as the watches of one group see them, encoded as they stand in responses.
///
/// Each event is encoded once, whoever needs it. A watch takes everything from its place on in one response, as far as that
/// may grow: the further behind it is, the less an event costs.
struct EventLog {
  /// A revision, or a part of one that comes in fragments.
  private struct Entry {
    var revision: Revision
    /// Where it ends, counted from the first byte that was ever appended.
    var end: Int
    var eventCount: Int
    /// Whether it goes into a response of its own, and more of the revision follows in the next one.
    var isAlone = false
    var isContinued = false
  }

  /// Where a watch is in a log.
  struct Place {
    /// What it has everything before.
    var next: Revision
    /// Fragments of ``next`` that it has.
    var fragments = 0
  }

  /// Whatever the log was told after this revision is in it.
  private(set) var floor: Revision
  private(set) var last: Revision
  private var entries: [Entry] = []
  private var bytes = ByteBuffer()
  /// Where ``bytes`` begins, counted as in ``Entry/end``.
  private var origin = 0

  /// A response takes further revisions until it has so many bytes: enough to make the cost of a message small, little
  /// enough for other watches to have their turn soon.
  static let responseBytes = 64 << 10
  /// A response to a watch that takes fragments is cut here: etcd's bound of a request.
  static let fragmentBytes = StoreLimits.maximumRequestBytes

  init(after floor: Revision) {
    self.floor = floor
    last = floor
  }

  var isEmpty: Bool { entries.isEmpty }
  var byteCount: Int { bytes.readableBytes + entries.count * MemoryLayout<Entry>.stride }

  /// Whether what a watch at this place lacks is here.
  func covers(_ place: Place) -> Bool { place.next > floor }

  /// Whether it has something for a watch at this place.
  func has(after place: Place) -> Bool { last >= place.next }

  // MARK: - Appending

  mutating func append(_ batch: WatchBatch, _ selection: WatchSelection) {
    let records = batch.events.map { event in
      let record = EventRecord(event, withPrevious: selection.previousValues)
      return (record: record, byteCount: record.fieldByteCount)
    }
    last = batch.revision
    let byteCount = records.reduce(0) { $0 + $1.byteCount }
    bytes.reserveCapacity(minimumWritableBytes: byteCount)
    if selection.fragments, byteCount > Self.fragmentBytes {
      appendFragments(records, batch.revision)
    } else {
      for (record, byteCount) in records {
        bytes.writeProtobuf(byteCount: byteCount) { $0.put(EventRecord.field, record) }
      }
      entries.append(Entry(revision: batch.revision, end: end, eventCount: records.count))
    }
  }

  private mutating func appendFragments(_ records: [(record: EventRecord, byteCount: Int)], _ revision: Revision) {
    var start = end
    var eventCount = 0
    for (record, byteCount) in records {
      if eventCount > 0, end - start + byteCount > Self.fragmentBytes {
        entries.append(
          Entry(revision: revision, end: end, eventCount: eventCount, isAlone: true, isContinued: true))
        start = end
        eventCount = 0
      }
      bytes.writeProtobuf(byteCount: byteCount) { $0.put(EventRecord.field, record) }
      eventCount += 1
    }
    entries.append(Entry(revision: revision, end: end, eventCount: eventCount, isAlone: true))
  }

  private var end: Int { origin + bytes.writerIndex }

  // MARK: - Dropping

  /// Forgets everything, because every watch has it.
  mutating func removeAll() {
    floor = last
    entries.removeAll(keepingCapacity: entries.capacity <= Self.keptEntries)
    origin = end
    if bytes.capacity <= Self.keptBytes { bytes.clear() } else { bytes = ByteBuffer() }
  }

  /// Forgets the older half, and at least one revision.
  mutating func removeOlderHalf() {
    guard let first = entries.first else { return }
    let middle = origin + bytes.readableBytes / 2
    floor = first.revision
    var count = 0
    while count < entries.count, entries[count].end <= middle || entries[count].revision == floor {
      floor = entries[count].revision
      count += 1
    }
    bytes.moveReaderIndex(to: entries[count - 1].end - origin)
    origin += bytes.readerIndex
    bytes.discardReadBytes()
    entries.removeFirst(count)
  }

  /// What a log keeps of its memory when it is empty, so that the next events need none.
  private static let keptBytes = 16 << 10
  private static let keptEntries = 64

  // MARK: - Reading

  /// What one response takes.
  struct Part {
    fileprivate var bytes: Range<Int>
    /// The newest revision in it.
    var revision: Revision
    /// Whether more of the revision follows in the next response.
    var isContinued: Bool
    var eventCount: Int
    /// Where the watch is behind it.
    var place: Place
  }

  /// The next response to a watch at this place; nil when there is nothing for it.
  func part(after place: Place) -> Part? {
    let first = index(from: place.next) + place.fragments
    guard first < entries.count else { return nil }
    let start = start(of: first)
    var index = first
    var eventCount = entries[first].eventCount
    while !entries[first].isAlone, index + 1 < entries.count, !entries[index + 1].isAlone,
      entries[index + 1].end - start <= Self.responseBytes
    {
      index += 1
      eventCount += entries[index].eventCount
    }
    let entry = entries[index]
    return Part(
      bytes: (start - origin)..<(entry.end - origin), revision: entry.revision, isContinued: entry.isContinued,
      eventCount: eventCount,
      place: entry.isContinued
        ? Place(next: entry.revision, fragments: (entry.revision == place.next ? place.fragments : 0) + 1)
        : Place(next: entry.revision.next))
  }

  /// The first revision that a watch at this place lacks; nil when it lacks nothing.
  func firstRevision(after place: Place) -> Revision? {
    let index = index(from: place.next)
    return index < entries.count ? entries[index].revision : nil
  }

  /// Appends the response.
  ///
  /// - Parameter current: what its header says; nil for the newest revision in it.
  func write(
    _ part: Part, for watchID: Int64, current: Revision? = nil, _ identity: MemberIdentity,
    to batch: inout GRPCMessageBatch
  ) {
    let head = Etcd.WatchResponse(
      header: identity.header(current ?? part.revision), watchID: watchID, fragment: part.isContinued)
    batch.append(reserving: part.bytes.count + Self.headBytes) { buffer in
      GRPCCodec<Etcd.WatchResponse>.protobuf.encode(head, &buffer)
      // The bytes lie between those that are kept.
      if let events = bytes.getSlice(at: part.bytes.lowerBound, length: part.bytes.count) {
        buffer.writeImmutableBuffer(events)
      }
    }
  }

  private static let headBytes = 64

  private func start(of index: Int) -> Int { index > 0 ? entries[index - 1].end : origin }

  private func index(from revision: Revision) -> Int {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].revision < revision { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
#endif
