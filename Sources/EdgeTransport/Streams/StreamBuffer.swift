/// The bytes of a stream between two offsets: written and not acknowledged, or received and not read.
///
/// One array with a dead head, so that many small writes leave as one frame and no chunk of a carrier is kept alive by a few
/// bytes of it. What is dropped costs no move until half of the array is dead.
struct StreamBuffer: Sendable {
  private var bytes: [UInt8] = []
  private var head = 0
  /// The offset of the first byte that is kept.
  private(set) var start: UInt64 = 0

  var count: Int { bytes.count - head }
  var isEmpty: Bool { head == bytes.count }
  var end: UInt64 { start + UInt64(count) }

  mutating func append(_ data: ArraySlice<UInt8>) { bytes.append(contentsOf: data) }

  /// The bytes from `offset` (which must be kept) on, at most `maximum`.
  func slice(from offset: UInt64, maximum: Int) -> ArraySlice<UInt8> {
    let first = head + Int(offset - start)
    return bytes[first..<first + min(maximum, bytes.count - first)]
  }

  /// Drops everything before `offset`.
  mutating func drop(before offset: UInt64) {
    guard offset > start else { return }
    head += Int(min(offset, end) - start)
    start = offset
    if head == bytes.count {
      // An idle stream keeps no more than a small buffer.
      bytes.removeAll(keepingCapacity: bytes.count <= 4096)
      head = 0
    } else if head >= 4096 && head * 2 >= bytes.count {
      bytes.removeFirst(head)
      head = 0
    }
  }

  mutating func dropAll() { drop(before: end) }

  /// Takes the first bytes out; the whole array, without a copy, where it can.
  mutating func take(maximum: Int) -> [UInt8] {
    let taken = min(maximum, count)
    guard head == 0, taken == bytes.count else {
      let part = Array(bytes[head..<head + taken])
      drop(before: start + UInt64(taken))
      return part
    }
    let whole = bytes
    bytes = []
    start += UInt64(taken)
    return whole
  }
}
