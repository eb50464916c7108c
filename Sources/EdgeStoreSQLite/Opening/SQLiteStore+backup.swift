#if SQLite
import Dispatch
import EdgeStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension SQLiteStore {
  /// Writes the store as of one moment into a new file, which ``open(path:configuration:leaseClock:entropy:)`` opens:
  /// revisions, history and leases included. Reads and writes go on meanwhile; the write-ahead log cannot be folded in
  /// until it is done, so it grows by what is written.
  ///
  /// The file appears under its name only when it is whole and on the disk.
  ///
  /// - Throws: ``StoreError`` with `cannotOpen` when something is there already or cannot be made, `noSpace`, `io`, `closed`.
  public func backUp(to destination: String) async throws(StoreError) {
    _ = try await status()
    try await settleHeartbeats()
    let source = path
    try await copying { () throws(StoreError) in try Self.copy(source, to: destination) }
  }

  /// Runs a copy on a queue of its own, one at a time: copying keeps a core and the disk busy.
  func copying<Output: Sendable>(
    _ body: @escaping @Sendable () throws(StoreError) -> Output
  ) async throws(StoreError) -> Output {
    let result: Result<Output, StoreError> = await withCheckedContinuation { caller in
      copies.async { caller.resume(returning: Result { () throws(StoreError) in try body() }) }
    }
    return try result.get()
  }

  private static func copy(_ source: String, to destination: String) throws(StoreError) {
    if fileSize(destination) != nil { throw StoreError(.cannotOpen, "\(destination) exists already") }
    let partial = destination + ".partial"
    unlink(partial)
    do throws(StoreError) {
      try copyPages(of: source, to: partial)
      // It leaves the syncing to whoever wants the copy.
      try synchronizeFile(partial)
    } catch {
      unlink(partial)
      throw StoreError(error.code == .locked ? .io : error.code, "backup to \(destination): \(error.message)")
    }
    if rename(partial, destination) != 0 {
      throw StoreError(.cannotOpen, "cannot rename \(partial): \(String(cString: strerror(errno)))")
    }
    synchronizeDirectory(of: destination)
  }
}

extension SQLiteStore {
  /// SQLite copies row by row in one read transaction: the moment is when it begins.
  static func copyPages(of source: String, to destination: String) throws(StoreError) {
    let connection = try SQLiteConnection(path: source)
    try connection.execute("PRAGMA busy_timeout = 5000")
    let statement = try connection.prepare("VACUUM INTO ?")
    try statement.bind(destination, at: 1)
    try statement.run()
    // Revisions are reserved for this store alone; the copy goes on from where it stands.
    if try connection.integer("SELECT reserved FROM session") != 0 {
      try SQLiteConnection(path: destination).execute("UPDATE session SET reserved = 0")
    }
  }
}

private func synchronizeFile(_ path: String) throws(StoreError) {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else { throw StoreError(.io, "cannot open \(path): \(String(cString: strerror(errno)))") }
  defer { close(descriptor) }
  if fsync(descriptor) != 0 { throw StoreError(.io, "cannot sync \(path): \(String(cString: strerror(errno)))") }
}
#endif
