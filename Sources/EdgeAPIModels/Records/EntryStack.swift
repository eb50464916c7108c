/// Values that were read and whose objects and lists are not complete yet.
///
/// Objects are read from the outside in and completed from the inside out. So their values are piled up here, and each
/// object takes exactly the room it needs when it is complete: no array grows while it is filled.
///
/// Sound: it owns its memory, `count` says how much of it is initialized, and the type cannot be copied.
struct EntryStack<Element>: ~Copyable {
  private var base: UnsafeMutablePointer<Element>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    base = .allocate(capacity: capacity)
  }

  deinit {
    base.deinitialize(count: count)
    base.deallocate()
  }

  @inline(__always)
  mutating func push(_ element: consuming Element) {
    if count == capacity { grow() }
    (base + count).initialize(to: element)
    count &+= 1
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: 2 * capacity)
    larger.moveInitialize(from: base, count: count)
    base.deallocate()
    base = larger
    capacity *= 2
  }

  /// Moves the elements above `mark` to memory that is not initialized.
  @inline(__always)
  mutating func move(to target: UnsafeMutablePointer<Element>, from mark: Int) {
    target.moveInitialize(from: base + mark, count: count &- mark)
    count = mark
  }

  /// Removes the elements above `mark`, in order.
  mutating func pop(to mark: Int) -> [Element] {
    let elements = Array(UnsafeBufferPointer(start: base + mark, count: count - mark))
    (base + mark).deinitialize(count: count - mark)
    count = mark
    return elements
  }

  subscript(place: Int) -> Element {
    get { base[place] }
    set { base[place] = newValue }
  }

  mutating func swapAt(_ left: Int, _ right: Int) { swap(&base[left], &base[right]) }
}
