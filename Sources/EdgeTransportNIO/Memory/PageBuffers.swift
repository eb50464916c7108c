#if Networking
@_spi(CustomByteBufferAllocator) import NIOCore
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Buffers whose memory can be given back while their content does not matter, and comes again with the next write to them.
///
/// They are for what NIO keeps for the whole life of a TLS connection, whether anything passes or not: 2 KiB for what is
/// received, 32 KiB for what is decrypted, 16 KiB for what is encrypted, and more after a burst. Of ten thousand nodes these
/// are hundreds of megabytes.
enum PageBuffers {
  private static let heap = Mutex(PageHeap())

  // Sound: a block comes from the heap of pages or from malloc and holds at least the bytes asked for; it goes back to where
  // it came from, which the heap of pages tells by the address.
  static let allocator = ByteBufferAllocator(
    allocate: { PageBuffers.allocate($0) },
    reallocate: { old, oldBytes, newBytes in
      guard let new = PageBuffers.allocate(newBytes) else { return nil }
      if let old {
        new.copyMemory(from: old, byteCount: min(oldBytes, newBytes))
        PageBuffers.deallocate(old)
      }
      return new
    },
    deallocate: { PageBuffers.deallocate($0) },
    copy: { $0.copyMemory(from: $1, byteCount: $2) })

  private static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
    heap.withLock { $0.allocate(bytes).map { UInt(bitPattern: $0) } }
      .flatMap { UnsafeMutableRawPointer(bitPattern: $0) } ?? malloc(bytes)
  }

  private static func deallocate(_ block: UnsafeMutableRawPointer) {
    let address = UInt(bitPattern: block)
    let isOfHeap = heap.withLock { heap in
      UnsafeMutableRawPointer(bitPattern: address).map { heap.deallocate($0) } ?? false
    }
    if !isOfHeap { free(block) }
  }

  /// Gives back the memory of the buffer that begins at `address`, whose content nobody needs any more. Nothing happens when
  /// none begins there (any more).
  static func discardContent(at address: UInt) { heap.withLock { $0.discardContent(at: address) } }

  /// How often that was done.
  static var discards: Int { heap.withLock { $0.discards } }
}
#endif
