#if Networking
import EdgeStore

/// What happened last, kept so that a watch that starts or was held up a moment ago finds its way back among the others
/// without asking the store. The values are the store's own; what is kept here is bounded in number and in bytes.
struct RecentBatches {
  private var batches: [WatchBatch] = []
  private var bytes: [Int] = []
  /// Where the kept ones begin; those before are dropped for real from time to time.
  private var head = 0
  private var totalBytes = 0
  /// Everything after this revision is here.
  private(set) var floor: Revision

  static let maximumCount = 4096
  static let maximumBytes = 4 << 20

  init(after floor: Revision) { self.floor = floor }

  mutating func append(_ batch: WatchBatch) {
    let size = batch.events.reduce(64) { sum, event in
      sum + 160 + event.keyValue.key.bytes.count + event.keyValue.value.count + (event.previous?.value.count ?? 0)
    }
    batches.append(batch)
    bytes.append(size)
    totalBytes += size
    while head < batches.count, totalBytes > Self.maximumBytes || batches.count - head > Self.maximumCount {
      floor = batches[head].revision
      totalBytes -= bytes[head]
      batches[head].events = []
      head += 1
    }
    if head > 64, head * 2 > batches.count {
      batches.removeFirst(head)
      bytes.removeFirst(head)
      head = 0
    }
  }

  /// The first batches from `start` on; nil when they are no longer here.
  func batches(from start: Revision, atMost count: Int) -> ArraySlice<WatchBatch>? {
    guard start > floor else { return nil }
    return batches[firstIndex(from: start)...].prefix(count)
  }

  private func firstIndex(from start: Revision) -> Int {
    var low = head
    var high = batches.count
    while low < high {
      let middle = (low + high) / 2
      if batches[middle].revision < start { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
#endif
