/// The batches a reader has not asked for yet, bounded in number and in events.
package struct WatchQueue: Sendable {
  /// The most batches a queue holds.
  package static let capacity = 64
  /// Beyond this many events only an empty queue takes another batch, so that large transactions do not pile up.
  package static let eventCapacity = 1024

  private var batches: [WatchBatch] = []
  private var eventCount = 0

  package init() {}

  package init(_ batches: [WatchBatch]) {
    self.batches = batches
    eventCount = batches.reduce(0) { $0 + $1.events.count }
  }

  /// Returns false, and takes nothing, when the queue is full.
  package mutating func append(_ batch: WatchBatch) -> Bool {
    let fits = batches.count < Self.capacity && eventCount + batch.events.count <= Self.eventCapacity
    guard fits || batches.isEmpty else { return false }
    batches.append(batch)
    eventCount += batch.events.count
    return true
  }

  package mutating func popFirst() -> WatchBatch? {
    guard !batches.isEmpty else { return nil }
    let batch = batches.removeFirst()
    eventCount -= batch.events.count
    return batch
  }
}
