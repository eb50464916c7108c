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
    var end = PackedVersion.Cursor(bytes, offset: body.count)
    guard end.fixed(4) == UInt64(checksum.value) else { return nil }
    var cursor = PackedVersion.Cursor(body)
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
}

// The method of the same name hides it.
private func readBytes(_ descriptor: Int32, _ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
  read(descriptor, bytes, count)
}
#endif
