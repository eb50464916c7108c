#if QUIC
import CEdgeQUIC
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension edge_quic_address {
  /// Nil for what is no IP address.
  init?(_ address: SocketAddress) {
    switch address {
    case .v4, .v6: break
    case .unixDomainSocket: return nil
    }
    self.init()
    let length = address.withSockAddr { bytes, length in
      withUnsafeMutableBytes(of: &self.bytes) { target in
        guard length <= target.count else { return 0 }
        target.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: length))
        return length
      }
    }
    guard length > 0 else { return nil }
    self.length = UInt8(length)
  }

  /// Nil when nothing was written to it.
  var socketAddress: SocketAddress? {
    withUnsafeBytes(of: bytes) { bytes in
      switch Int(length) {
      case MemoryLayout<sockaddr_in>.size: SocketAddress(bytes.loadUnaligned(as: sockaddr_in.self))
      case MemoryLayout<sockaddr_in6>.size: SocketAddress(bytes.loadUnaligned(as: sockaddr_in6.self))
      default: nil
      }
    }
  }
}
#endif
