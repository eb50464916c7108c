#if SQLite
import EdgeStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension KeyIndexFile {
  /// What an index says, not yet compared with any database.
  struct Content {
    var tie: Tie
    var index: KeyspaceIndex
    var current: IndexedVersions
  }

  /// Reads an index; nil when there is none or it is not whole.
  static func read(_ path: String) -> Content? {
    guard let bytes = contents(of: path) else { return nil }
    // Sound: the pointer stays inside the closure, and the cursor checks every step against its end.
    return bytes.withUnsafeBytes { parse($0) }
  }

  private static func contents(of path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size <= maximumBytes else { return nil }
    let size = Int(status.st_size)
    // Sound: each call writes at most what is left of the buffer, and what it wrote is counted.
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let step = readBytes(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
        if step < 0 && errno == EINTR { continue }
        if step <= 0 { return }
        count += step
      }
    }
    return bytes.count == size ? bytes : nil
  }

  /// Larger ones are not worth their memory.
  private static let maximumBytes = 1 << 30

  private static func parse(_ bytes: UnsafeRawBufferPointer) -> Content? {
    guard bytes.count > 4 else { return nil }
    let body = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - 4)])
    var checksum = CRC32C()
    checksum.update(body)
    var end = Cursor(bytes: bytes, offset: body.count)
    guard end.fixed(4) == UInt64(checksum.value) else { return nil }
    var cursor = Cursor(bytes: body, offset: 0)
    guard let magic = cursor.array(Self.magicBytes.count), magic == Self.magicBytes,
      let session = cursor.fixed(8), let row = cursor.fixed(8), let sum = cursor.fixed(8)
    else { return nil }
    let tie = Tie(
      session: Int64(bitPattern: session), row: Int64(bitPattern: row), checksum: Int64(bitPattern: sum))
    var index = KeyspaceIndex(newestChange: ChangeRow.version(tie.row), history: [])
    guard let stretchCount = cursor.number() else { return nil }
    for _ in 0..<stretchCount {
      guard let last = cursor.number(), let size = cursor.number() else { return nil }
      index.history.append((Revision(rawValue: Int64(last)), size))
    }
    var current = IndexedVersions()
    guard let count = cursor.number() else { return nil }
    var previous: StoreKey?
    for _ in 0..<count {
      guard let version = cursor.version(after: previous) else { return nil }
      let key = version.keyValue.key
      if let previous, !(previous < key) { return nil }
      current.append(version)
      previous = key
    }
    guard cursor.isAtEnd else { return nil }
    return Content(tie: tie, index: index, current: current)
  }

  private struct Cursor {
    let bytes: UnsafeRawBufferPointer
    var offset: Int

    var isAtEnd: Bool { offset == bytes.count }

    mutating func fixed(_ count: Int) -> UInt64? {
      guard bytes.count - offset >= count else { return nil }
      var number: UInt64 = 0
      for index in 0..<count { number |= UInt64(bytes[offset + index]) << (8 * UInt64(index)) }
      offset += count
      return number
    }

    /// Below 2^62, so that sums of a few cannot overflow.
    mutating func number() -> Int? {
      var number: UInt64 = 0
      var shift: UInt64 = 0
      while offset < bytes.count, shift < 63 {
        let byte = bytes[offset]
        offset += 1
        number |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return number < 1 << 62 ? Int(number) : nil }
        shift += 7
      }
      return nil
    }

    mutating func array(_ count: Int) -> [UInt8]? {
      guard bytes.count - offset >= count else { return nil }
      defer { offset += count }
      return Array(bytes[offset..<offset + count])
    }

    mutating func version(after previous: StoreKey?) -> StoredVersion? {
      guard let shared = number(), let rest = number(), shared <= previous?.bytes.count ?? 0,
        bytes.count - offset >= rest, shared + rest > 0
      else { return nil }
      let suffix = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + rest])
      offset += rest
      let key = StoreKey(
        // Sound: both copies stay within the array's capacity, and all of it is written.
        [UInt8](unsafeUninitializedCapacity: shared + rest) { buffer, count in
          let raw = UnsafeMutableRawBufferPointer(buffer)
          previous?.bytes.withUnsafeBytes { raw.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<shared])) }
          UnsafeMutableRawBufferPointer(rebasing: raw[shared...]).copyMemory(from: suffix)
          count = shared + rest
        })
      guard let modRevision = number(), let age = number(), let ordinal = number(), let version = number(),
        let hasLease = fixed(1), let lease = hasLease == 0 ? 0 : fixed(8), let valueCount = number(),
        age <= modRevision, ordinal <= Int32.max
      else { return nil }
      let keyValue = KeyValue(
        key: key, value: [], createRevision: Revision(rawValue: Int64(modRevision - age)),
        modRevision: Revision(rawValue: Int64(modRevision)), version: Int64(version),
        lease: LeaseID(rawValue: Int64(bitPattern: lease)))
      var stored = StoredVersion(keyValue: keyValue, ordinal: Int32(ordinal))
      stored.setAside(valueCount: valueCount)
      return stored
    }
  }
}

// The method of the same name hides it.
private func readBytes(_ descriptor: Int32, _ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
  read(descriptor, bytes, count)
}
#endif
