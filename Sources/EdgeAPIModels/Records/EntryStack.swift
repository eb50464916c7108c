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

  /// The elements above `mark`, which leave the stack.
  @inline(__always)
  mutating func pop(to mark: Int) -> [Element] {
    let taken = count &- mark
    if taken == 0 { return [] }
    let source = base + mark
    count = mark
    return Array(unsafeUninitializedCapacity: taken) { buffer, initialized in
      // Sound: an array of the requested capacity has a base address.
      buffer.baseAddress.unsafelyUnwrapped.moveInitialize(from: source, count: taken)
      initialized = taken
    }
  }

  subscript(place: Int) -> Element {
    get { base[place] }
    set { base[place] = newValue }
  }

  mutating func swapAt(_ left: Int, _ right: Int) { swap(&base[left], &base[right]) }
}
