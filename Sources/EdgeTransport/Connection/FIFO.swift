/// A first-in, first-out queue with amortised O(1) ends, over one array.
package struct FIFO<Element> {
  private var storage: [Element?] = []
  private var head = 0

  package init() {}

  package var count: Int { storage.count - head }
  package var isEmpty: Bool { head == storage.count }
  package var first: Element? { head < storage.count ? storage[head] : nil }

  package mutating func append(_ element: Element) { storage.append(element) }

  package mutating func popFirst() -> Element? {
    guard head < storage.count else { return nil }
    let element = storage[head]
    storage[head] = nil
    head += 1
    // Compacting only when half is dead keeps each element's cost constant.
    if head == storage.count {
      storage.removeAll(keepingCapacity: storage.count <= 1024)
      head = 0
    } else if head >= 64 && head * 2 >= storage.count {
      storage.removeFirst(head)
      head = 0
    }
    return element
  }

  /// Puts `elements`, in their order, before everything that waits. O(count).
  package mutating func prepend(_ elements: [Element]) {
    storage = elements.map { $0 } + storage[head...]
    head = 0
  }

  /// Removes what does not satisfy `keep`. O(count).
  package mutating func filter(_ keep: (Element) -> Bool) {
    storage = storage[head...].filter { $0.map(keep) ?? false }
    head = 0
  }

  package mutating func removeAll() {
    storage = []
    head = 0
  }
}

extension FIFO: Sendable where Element: Sendable {}
