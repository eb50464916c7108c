#if SQLite
import EdgeStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The file beside a large database that lists its current keys, so that opening reads neither every value nor the past.
///
/// It is a copy of what the database says, never more: whoever opens the database without it, with a damaged one, or with
/// one of another time gets the same store, only later. So it is written without syncing, and it is trusted only when
/// - its checksum holds,
/// - its session is the database's (each opening that writes draws a new one, so an index never outlives a database that
///   was exchanged and written elsewhere),
/// - the change it ends with is in the database, with the same checksum,
/// - compaction has removed nothing that came after it.
///
/// ```
///   "EDGEKEYS" version u8 | session, newest change's row, its checksum: 8 bytes each, little-endian | counts |
///   history stretches | ``PackedVersion``s | CRC-32C, 4 bytes
/// ```
/// All numbers after the fixed part are LEB128.
struct KeyIndexFile {
  static func path(for database: String) -> String { database + "-keys" }

  /// What ties an index to a database.
  struct Tie: Hashable {
    var session: Int64
    /// The row of the newest change, and the checksum in it.
    var row: Int64
    var checksum: Int64
  }

  static let magicBytes = Array("EDGEKEYS\u{1}".utf8)
  private static let pieceBytes = 256 << 10

  /// Writes the index of a keyspace under its name when it is whole; anything that fails leaves the one before.
  ///
  /// - Returns: the bytes written; nil when it could not be written.
  static func write(_ keyspace: Keyspace, tie: Tie, to path: String) -> Int64? {
    let partial = path + ".partial"
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return nil }
    var output = Output(descriptor: descriptor)
    let isWhole = write(keyspace, tie, to: &output)
    close(descriptor)
    guard isWhole, rename(partial, path) == 0 else {
      unlink(partial)
      return nil
    }
    return output.written
  }

  private static func write(_ keyspace: Keyspace, _ tie: Tie, to output: inout Output) -> Bool {
    let index = keyspace.index(upTo: ChangeRow.version(tie.row))
    output.bytes += magicBytes
    for number in [tie.session, tie.row, tie.checksum] { PackedVersion.append(fixed: number, to: &output.bytes) }
    PackedVersion.append(index.history.count, to: &output.bytes)
    for (last, bytes) in index.history {
      PackedVersion.append(Int(last.rawValue), to: &output.bytes)
      PackedVersion.append(bytes, to: &output.bytes)
    }
    PackedVersion.append(keyspace.keyCount, to: &output.bytes)
    var previous: StoreKey?
    do {
      try keyspace.forEachCurrent { version throws(OutputFailure) in
        PackedVersion.append(version, after: previous, to: &output.bytes)
        previous = version.key
        if output.bytes.count >= pieceBytes { try output.flush() }
      }
      try output.flush()
      output.appendChecksum()
      try output.flush()
    } catch {
      return false
    }
    return true
  }

  struct OutputFailure: Error {}

  private struct Output {
    let descriptor: Int32
    var bytes: [UInt8] = []
    private(set) var written: Int64 = 0
    private var checksum = CRC32C()

    init(descriptor: Int32) { self.descriptor = descriptor }

    mutating func appendChecksum() {
      let sum = checksum.value
      for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: sum >> shift)) }
    }

    mutating func flush() throws(OutputFailure) {
      checksum.update(bytes)
      var done = 0
      while done < bytes.count {
        let step = bytes[done...].withUnsafeBytes { writeBytes(descriptor, $0.baseAddress, $0.count) }
        if step < 0 && errno == EINTR { continue }
        if step <= 0 { throw OutputFailure() }
        done += step
      }
      written += Int64(done)
      bytes.removeAll(keepingCapacity: true)
    }
  }
}

// The methods of the same names hide them.
private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
#endif
