/// A binary heap of (time, element) pairs; the inside of retransmissions and deferred items.
///
/// Elements that no longer matter stay until they reach the top: the caller judges them by ``Entry/stamp``.
struct DeadlineQueue: Sendable {
  struct Entry: Sendable {
    let due: Duration
    let element: Int
    /// Distinguishes two entries of one element.
    let stamp: UInt64
  }

  private var heap: [Entry] = []

  var count: Int { heap.count }
  var first: Entry? { heap.first }

  /// O(log n); O(1) when nothing is due later.
  mutating func insert(_ entry: Entry) {
    heap.append(entry)
    var child = heap.count - 1
    while child > 0, case let parent = (child - 1) / 2, heap[child].due < heap[parent].due {
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// O(log n).
  mutating func removeFirst() {
    guard let last = heap.popLast(), !heap.isEmpty else { return }
    heap[0] = last
    sink(0)
  }

  /// Removes what does not satisfy `keep`. O(n).
  mutating func filter(_ keep: (Entry) -> Bool) {
    heap = heap.filter(keep)
    for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(index) }
  }

  private mutating func sink(_ start: Int) {
    var parent = start
    while case let child = 2 * parent + 1, child < heap.count {
      let smaller = child + 1 < heap.count && heap[child + 1].due < heap[child].due ? child + 1 : child
      guard heap[smaller].due < heap[parent].due else { return }
      heap.swapAt(smaller, parent)
      parent = smaller
    }
  }
}
