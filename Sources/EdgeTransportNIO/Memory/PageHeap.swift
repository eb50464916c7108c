#if Networking
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Blocks of whole pages, in sizes that are powers of two, each in a region of its own size: so that a block shares no page
/// with anything else, and the C heap's small blocks none with it.
///
/// Memory follows what is written: a new block costs address space only, and so do most of the free ones. Regions are never
/// given back, only their memory.
struct PageHeap {
  static let minimumBytes = 2048
  static let maximumBytes = 1 << 20
  private static let regionBytes = 16 << 20
  /// Free blocks of a size that keep their memory, for the next one who needs it.
  private static let maximumWarm = 32

  private struct Region {
    let sizeClass: Int
    var isUsed: [Bool]
    /// Blocks from here on were never used.
    var fresh = 0
  }

  /// By address / ``regionBytes``.
  private var regions: [UInt: Region] = [:]
  /// By size class: free blocks, and the region that fresh ones are cut from.
  private var free: [[UInt]]
  private var open: [UInt?]
  private(set) var used = 0
  /// How often the memory of a block in use was given back.
  private(set) var discards = 0
  private let pageBytes: Int

  init() {
    pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
    var classes = 1
    while pageBytes << (classes - 1) < Self.maximumBytes { classes += 1 }
    free = Array(repeating: [], count: classes)
    open = Array(repeating: nil, count: classes)
  }

  /// Nil for sizes that are not of this heap, and when the system has no address space left.
  mutating func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
    guard Self.minimumBytes...Self.maximumBytes ~= bytes else { return nil }
    var sizeClass = 0
    while size(sizeClass) < bytes { sizeClass += 1 }
    guard let address = free[sizeClass].popLast() ?? cut(sizeClass) else { return nil }
    let (region, index) = place(address, sizeClass)
    regions[region]?.isUsed[index] = true
    used += 1
    return UnsafeMutableRawPointer(bitPattern: address)
  }

  /// Whether the block was one of this heap; it is free then.
  mutating func deallocate(_ block: UnsafeMutableRawPointer) -> Bool {
    let address = UInt(bitPattern: block)
    guard let sizeClass = regions[address / UInt(Self.regionBytes)]?.sizeClass else { return false }
    let (region, index) = place(address, sizeClass)
    regions[region]?.isUsed[index] = false
    used -= 1
    if free[sizeClass].count >= Self.maximumWarm { discard(address, size(sizeClass)) }
    free[sizeClass].append(address)
    return true
  }

  /// Gives back the memory of the block in use that begins at this address, if there is one; it reads as zeros then.
  mutating func discardContent(at address: UInt) {
    guard let sizeClass = regions[address / UInt(Self.regionBytes)]?.sizeClass else { return }
    let (region, index) = place(address, sizeClass)
    guard address % UInt(size(sizeClass)) == 0, regions[region]?.isUsed[index] == true else { return }
    discard(address, size(sizeClass))
    discards += 1
  }

  private func size(_ sizeClass: Int) -> Int { pageBytes << sizeClass }

  private func place(_ address: UInt, _ sizeClass: Int) -> (region: UInt, index: Int) {
    let (region, offset) = address.quotientAndRemainder(dividingBy: UInt(Self.regionBytes))
    return (region, Int(offset) / size(sizeClass))
  }

  private mutating func cut(_ sizeClass: Int) -> UInt? {
    let count = Self.regionBytes / size(sizeClass)
    let isFull = open[sizeClass].flatMap { regions[$0] }.map { $0.fresh == count } ?? true
    if isFull {
      guard let address = Self.map() else { return nil }
      let region = address / UInt(Self.regionBytes)
      regions[region] = Region(sizeClass: sizeClass, isUsed: Array(repeating: false, count: count))
      open[sizeClass] = region
    }
    guard let region = open[sizeClass], let fresh = regions[region]?.fresh else { return nil }
    regions[region]?.fresh += 1
    return region * UInt(Self.regionBytes) + UInt(fresh * size(sizeClass))
  }

  /// A region that begins at a multiple of its size.
  private static func map() -> UInt? {
    // Sound: this is memory that nobody else has, and what is unmapped again was never given out.
    let mapped = mmap(nil, 2 * regionBytes, PROT_READ | PROT_WRITE, mapFlags, -1, 0)
    guard let mapped, mapped != MAP_FAILED else { return nil }
    let before = (regionBytes - Int(bitPattern: mapped) % regionBytes) % regionBytes
    if before > 0 { munmap(mapped, before) }
    let region = mapped + before
    munmap(region + regionBytes, regionBytes - before)
    #if os(Linux)
    // A huge page would make two megabytes of what is used for a few bytes.
    madvise(region, regionBytes, MADV_NOHUGEPAGE)
    #endif
    return UInt(bitPattern: region)
  }

  #if os(Linux)
  private static let mapFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
  #else
  private static let mapFlags = MAP_PRIVATE | MAP_ANON
  #endif

  private func discard(_ address: UInt, _ bytes: Int) {
    // Sound: the block is whole pages of this heap, and its content is nobody's any more.
    madvise(UnsafeMutableRawPointer(bitPattern: address), bytes, MADV_DONTNEED)
  }
}
#endif
