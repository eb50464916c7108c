/// What happens next in a simulation: events by virtual time, and those of one time in the order they were planned.
struct EventQueue<Event> {
  private struct Planned {
    let time: Duration
    let order: UInt64
    let event: Event

    func isBefore(_ other: Planned) -> Bool { time == other.time ? order < other.order : time < other.time }
  }

  private var heap: [Planned] = []
  private var lastOrder: UInt64 = 0

  var isEmpty: Bool { heap.isEmpty }

  mutating func plan(_ event: Event, at time: Duration) {
    lastOrder += 1
    heap.append(Planned(time: time, order: lastOrder, event: event))
    var child = heap.count - 1
    while child > 0, case let parent = (child - 1) / 2, heap[child].isBefore(heap[parent]) {
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func next() -> (time: Duration, event: Event)? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while case let child = 2 * parent + 1, child < heap.count {
        let smaller = child + 1 < heap.count && heap[child + 1].isBefore(heap[child]) ? child + 1 : child
        guard heap[smaller].isBefore(heap[parent]) else { break }
        heap.swapAt(smaller, parent)
        parent = smaller
      }
    }
    return (first.time, first.event)
  }
}
