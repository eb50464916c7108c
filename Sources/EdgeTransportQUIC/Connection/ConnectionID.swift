#if QUIC
import CEdgeQUIC

/// A connection id of up to 20 bytes (RFC 9000, section 5.1), by which a server finds a connection whatever its address.
struct ConnectionID: Hashable, Sendable {
  private let first: UInt64
  private let second: UInt64
  private let third: UInt32
  private let length: UInt8

  init(_ id: edge_quic_id) {
    // Bytes beyond the length are 0.
    (first, second, third) = withUnsafeBytes(of: id.bytes) { bytes in
      (
        bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
        bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
        bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
      )
    }
    length = id.length
  }
}
#endif
