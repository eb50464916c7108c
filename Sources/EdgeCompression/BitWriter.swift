/// Writes bits, the lowest first, as RFC 1951 packs them.
struct BitWriter {
  private(set) var bytes: [UInt8]
  private var pending: UInt64 = 0
  private var pendingCount = 0

  init(capacity: Int) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// - Parameter count: at most 32; `value` must fit.
  @inline(__always)
  mutating func write(_ value: UInt32, count: Int) {
    pending |= UInt64(value) &<< UInt64(pendingCount)
    pendingCount &+= count
    while pendingCount >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: pending))
      pending &>>= 8
      pendingCount &-= 8
    }
  }

  mutating func alignToByte() {
    if pendingCount > 0 { write(0, count: 8 - pendingCount) }
  }

  /// Only at a byte's boundary.
  mutating func append(_ more: Span<UInt8>) {
    for index in more.indices { bytes.append(more[index]) }
  }

  /// Only at a byte's boundary.
  mutating func appendBigEndian(_ value: UInt32) {
    for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }
}
