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

/// Buffers that begin at a page and fill pages of their own, so that the memory behind one can be given back while its content
/// does not matter, and comes again with the next write to it.
///
/// It is for TLS, which keeps two buffers for the whole life of a connection (32 KiB for what is decrypted, 16 KiB for what is
/// encrypted, and more after a burst), whether anything passes or not: for ten thousand nodes hundreds of megabytes.
enum PageBuffers {
  private static let pageBytes = sysconf(Int32(_SC_PAGESIZE))
  /// Smaller ones are nobody's concern.
  private static let minimumBytes = 2 * pageBytes

  /// The sizes of all blocks in use, by their addresses.
  private static let blocks = Mutex<[UInt: Int]>([:])

  // Sound: every pointer that is given out comes from malloc or posix_memalign, is freed by free, and holds at least the bytes
  // asked for; a block is in the table exactly while it is in use.
  static let allocator = ByteBufferAllocator(
    allocate: { PageBuffers.allocate($0) },
    reallocate: { old, oldBytes, newBytes in
      guard let old else { return PageBuffers.allocate(newBytes) }
      if max(oldBytes, newBytes) < PageBuffers.minimumBytes { return realloc(old, newBytes) }
      guard let new = PageBuffers.allocate(newBytes) else { return nil }
      new.copyMemory(from: old, byteCount: min(oldBytes, newBytes))
      PageBuffers.deallocate(old)
      return new
    },
    deallocate: { PageBuffers.deallocate($0) },
    copy: { $0.copyMemory(from: $1, byteCount: $2) })

  private static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
    guard bytes >= minimumBytes else { return malloc(bytes) }
    var block: UnsafeMutableRawPointer?
    let whole = (bytes + pageBytes - 1) / pageBytes * pageBytes
    guard posix_memalign(&block, pageBytes, whole) == 0, let block else { return nil }
    blocks.withLock { $0[UInt(bitPattern: block)] = whole }
    return block
  }

  private static func deallocate(_ block: UnsafeMutableRawPointer) {
    blocks.withLock { _ = $0.removeValue(forKey: UInt(bitPattern: block)) }
    free(block)
  }

  /// Gives back the memory of the buffer that begins at `address`, whose content nobody needs any more. Nothing happens when
  /// none begins there (any more).
  static func releaseContent(at address: UInt) {
    guard address != 0 else { return }
    blocks.withLock { blocks in
      // Sound: while the block is in the table it is in use and cannot be freed, its pages hold nothing else, and pages that
      // were given back read as zeros.
      guard let bytes = blocks[address], let block = UnsafeMutableRawPointer(bitPattern: address) else { return }
      madvise(block, bytes, MADV_DONTNEED)
    }
  }

  /// Blocks in use.
  static var count: Int { blocks.withLock { $0.count } }
}
#endif
