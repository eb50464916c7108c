#if SQLite
import EdgeStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A database that is being made under another name, so that under its own name there is either nothing or all of it.
package final class PartialFile {
  /// Where to write.
  package let path: String
  private let destination: String
  private var isComplete = false

  /// - Throws: `cannotOpen` when something is at `destination` already. What an interrupted attempt left is removed.
  package init(for destination: String) throws(StoreError) {
    if fileSize(destination) != nil { throw StoreError(.cannotOpen, "\(destination) exists already") }
    self.destination = destination
    path = destination + ".partial"
    removeFiles()
  }

  deinit { if !isComplete { removeFiles() } }

  /// Puts it on the disk and gives it its name. Every connection to it must be closed.
  package func complete() throws(StoreError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreError(.io, "cannot open \(path): \(String(cString: strerror(errno)))") }
    let isSynced = fsync(descriptor) == 0
    close(descriptor)
    guard isSynced else { throw StoreError(.io, "cannot sync \(path): \(String(cString: strerror(errno)))") }
    guard rename(path, destination) == 0 else {
      throw StoreError(.cannotOpen, "cannot rename \(path): \(String(cString: strerror(errno)))")
    }
    isComplete = true
    synchronizeDirectory(of: destination)
  }

  private func removeFiles() {
    for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
  }
}
#endif
