/// The batches a reader has not asked for yet, bounded in number and in events.
package struct WatchQueue: Sendable {
  /// The most batches a queue holds.
  package static let capacity = 256
  /// Beyond this many events only an empty queue takes another batch, so that large transactions do not pile up.
  package static let eventCapacity = 1024

  private var batches: [WatchBatch] = []
  /// The first batch that has not been taken; those before it are husks.
  private var head = 0
  private var eventCount = 0

  package init() {}

  package init(_ batches: [WatchBatch]) {
    self.batches = batches
    eventCount = batches.reduce(0) { $0 + $1.events.count }
  }

  package var isEmpty: Bool { head == batches.count }

  /// Returns false, and takes nothing, when the queue is full.
  package mutating func append(_ batch: WatchBatch) -> Bool {
    let fits = batches.count - head < Self.capacity && eventCount + batch.events.count <= Self.eventCapacity
    guard fits || isEmpty else { return false }
    // Taking from the front moves nothing; the husks go when there are as many of them as the queue may hold.
    if head >= Self.capacity {
      batches.removeFirst(head)
      head = 0
    }
    batches.append(batch)
    eventCount += batch.events.count
    return true
  }

  package mutating func popFirst() -> WatchBatch? {
    guard head < batches.count else { return nil }
    let batch = batches[head]
    batches[head].events = []
    eventCount -= batch.events.count
    head += 1
    if isEmpty {
      batches.removeAll(keepingCapacity: batches.capacity <= Self.keptCapacity)
      head = 0
    }
    return batch
  }

  /// What an empty queue keeps of its memory, so that thousands of quiet watches cost little.
  private static let keptCapacity = 16
}
