#if Networking
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Ports that nobody uses just now, below those that the system gives out by itself.
package enum FreePort {
  private static let next = Mutex(Int.random(in: 20_000..<29_000))

  package static func take() -> Int {
    next.withLock { next in
      while true {
        next += 1
        let port = next
        if withLoopbackSocket(port, { descriptor, address, count in bind(descriptor, address, count) == 0 }) {
          return port
        }
      }
    }
  }
}

/// - Parameter body: gets a new TCP socket and the address of the port on the loopback.
func withLoopbackSocket(
  _ port: Int, _ body: (_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ count: socklen_t) -> Bool
) -> Bool {
  #if canImport(Glibc)
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  #else
  let descriptor = socket(AF_INET, SOCK_STREAM, 0)
  #endif
  guard descriptor >= 0 else { return false }
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(port).bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  // Sound: an address of IPv4 begins as every address does.
  return withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
}
#endif
