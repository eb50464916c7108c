#if SQLite
import EdgeStore
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension SQLiteStore {
  /// A whole database file of one moment, history and leases included, which
  /// ``open(path:configuration:leaseClock:entropy:)`` opens.
  ///
  /// It is made beside the database in a file without a name, so it needs that much room while it is being read, and the
  /// room is free again whatever happens. Writers go on; the log grows by what they write while the copy is being made.
  public func snapshot() async throws(StoreError) -> StoreSnapshot {
    _ = try await status()
    try await settleHeartbeats()
    let source = path
    let copy = try await copying { () throws(StoreError) in try SnapshotFile(of: source) }
    return StoreSnapshot(
      revision: copy.revision, totalBytes: copy.totalBytes, format: .sqlite,
      next: { () async throws(StoreError) in try copy.next() }, cancel: { copy.close() })
  }

  /// Where the copy stands for the moment in which SQLite needs a name for it. What a crash leaves there is removed by the
  /// next opening.
  static func snapshotPath(for path: String) -> String { path + "-snapshot" }
}

/// A copy of the database in a file that has no name any more.
private final class SnapshotFile: Sendable {
  let revision: Revision
  let totalBytes: Int64
  /// The open file and how far it has been read.
  private let state: Mutex<(descriptor: Int32, offset: Int64)?>

  private static let pieceBytes = 256 << 10

  init(of source: String) throws(StoreError) {
    let path = SQLiteStore.snapshotPath(for: source)
    unlink(path)
    defer { unlink(path) }
    do {
      try SQLiteStore.copyPages(of: source, to: path)
      revision = try ChangeRow.newestRevision(SQLiteConnection(path: path))
    } catch {
      throw StoreError(error.code == .locked ? .io : error.code, "snapshot: \(error.message)")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0, let bytes = fileSize(path) else {
      throw StoreError(.io, "cannot open \(path): \(String(cString: strerror(errno)))")
    }
    totalBytes = bytes
    state = Mutex((descriptor, 0))
  }

  deinit { close() }

  func close() {
    state.withLock { state in
      if let descriptor = state?.descriptor { _ = posixClose(descriptor) }
      state = nil
    }
  }

  func next() throws(StoreError) -> [UInt8]? {
    try state.withLock { state throws(StoreError) -> [UInt8]? in
      guard let (descriptor, offset) = state else { throw StoreError(.closed, "the snapshot was cancelled") }
      let wanted = Int(min(Int64(Self.pieceBytes), totalBytes - offset))
      if wanted == 0 { return nil }
      var failure: Int32 = 0
      // Sound: the call writes at most `wanted` bytes, and what it wrote is counted.
      let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
        while count < wanted {
          let step = pread(descriptor, buffer.baseAddress.map { $0 + count }, wanted - count, off_t(offset) + count)
          if step < 0 && errno == EINTR { continue }
          guard step > 0 else {
            failure = step < 0 ? errno : EIO
            return
          }
          count += step
        }
      }
      if failure != 0 { throw StoreError(.io, "cannot read the snapshot: \(String(cString: strerror(failure)))") }
      state?.offset = offset + Int64(wanted)
      return piece
    }
  }
}

// The method of the same name hides it.
private func posixClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
#endif
