#if QUIC
import CEdgeQUIC
import NIOCore

/// Datagrams to one address, gathered so that the kernel is called once for many of one length (UDP segmentation offload).
struct DatagramBatch {
  /// The kernel takes 64 segments and 65,507 bytes.
  private static let mostSegments = 40

  private(set) var bytes: ByteBuffer
  let remote: SocketAddress
  private let address: edge_quic_address
  /// The length of each but the last, which may be shorter.
  let segmentBytes: Int
  private(set) var count = 1
  private var isFull = false

  /// - Parameter segments: how many datagrams are expected.
  init?(_ first: ByteBuffer, to address: edge_quic_address, segments: Int, allocator: ByteBufferAllocator) {
    guard let remote = address.socketAddress else { return nil }
    self.remote = remote
    self.address = address
    segmentBytes = first.readableBytes
    bytes = allocator.buffer(capacity: segmentBytes * max(1, min(segments, Self.mostSegments)))
    bytes.writeImmutableBuffer(first)
  }

  /// False when it cannot go along with those before.
  mutating func add(_ next: ByteBuffer, to address: edge_quic_address) -> Bool {
    guard !isFull, next.readableBytes <= segmentBytes, address.isSame(as: self.address) else { return false }
    bytes.writeImmutableBuffer(next)
    count += 1
    isFull = next.readableBytes < segmentBytes || count == Self.mostSegments
    return true
  }
}

extension edge_quic_address {
  fileprivate func isSame(as other: edge_quic_address) -> Bool {
    length == other.length
      && withUnsafeBytes(of: bytes) { left in
        withUnsafeBytes(of: other.bytes) { right in left.prefix(Int(length)).elementsEqual(right.prefix(Int(length))) }
      }
  }
}
#endif
