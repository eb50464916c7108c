/// Reads bits, the lowest first, as RFC 1951 packs them.
///
/// Beyond the end of the input it reads zeros, so that a code at the very end can be looked up as a whole; what was taken
/// from there is noticed by ``isPastEnd``, which whoever loops looks at in every round.
struct BitReader {
  private(set) var position: Int
  private var pending: UInt64 = 0
  private var pendingCount = 0
  /// Bits that ``fill(from:)`` made up.
  private var invented = 0

  init(from position: Int) { self.position = position }

  /// Makes at least 48 bits ready.
  @inline(__always)
  mutating func fill(from bytes: Span<UInt8>) {
    while pendingCount <= 48 {
      if position < bytes.count {
        pending |= UInt64(bytes[position]) &<< UInt64(pendingCount)
        position &+= 1
      } else {
        invented &+= 8
      }
      pendingCount &+= 8
    }
  }

  /// - Parameter count: no more than is ready.
  @inline(__always)
  func peek(_ count: Int) -> Int { Int(pending & ((1 &<< UInt64(count)) &- 1)) }

  @inline(__always)
  mutating func skip(_ count: Int) {
    pending &>>= UInt64(count)
    pendingCount &-= count
  }

  @inline(__always)
  mutating func read(_ count: Int) -> Int {
    defer { skip(count) }
    return peek(count)
  }

  /// Whether bits were taken that are not in the input.
  @inline(__always)
  var isPastEnd: Bool { pendingCount < invented }

  /// Gives back what is ready but not taken, up to a byte's boundary; ``position`` is then that of the next byte.
  mutating func alignToByte() {
    position -= max(0, pendingCount - invented) / 8
    pending = 0
    pendingCount = 0
    invented = 0
  }

  /// Goes on at `position`; only after ``alignToByte()``.
  mutating func move(to position: Int) { self.position = position }
}
