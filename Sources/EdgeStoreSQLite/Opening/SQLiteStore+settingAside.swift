#if SQLite
import EdgePrimitives
import EdgeStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension SQLiteStore {
  /// Opens the database, or, when it is damaged, renames it and starts with an empty one (FF-05): for stores whose
  /// content can be fetched again. Nothing is deleted; only `damaged` is handled, other errors are thrown.
  ///
  /// - Parameter clock: dates the new name, `<path>.damaged-<timestamp>`; a log moves along as `<new name>-wal`.
  /// - Returns: the store, and the new name of the damaged database when there was one.
  public static func openSettingAsideDamage(
    path: String, configuration: SQLiteStoreConfiguration = SQLiteStoreConfiguration(), clock: any WallClock
  ) throws(StoreError) -> (store: SQLiteStore, setAside: String?) {
    do {
      return (try open(path: path, configuration: configuration), nil)
    } catch {
      guard error.code == .damaged else { throw error }
      let setAside = unusedName(for: path, at: clock.now())
      for suffix in ["", "-wal", "-shm", "-journal"] where fileSize(path + suffix) != nil {
        if rename(path + suffix, setAside + suffix) != 0 {
          throw StoreError(
            .cannotOpen, "cannot set \(path + suffix) aside: \(String(cString: strerror(errno)))", cause: error)
        }
      }
      // It lists keys of the damaged database; an opening makes a new one.
      unlink(KeyIndexFile.path(for: path))
      synchronizeDirectory(of: path)
      return (try open(path: path, configuration: configuration), setAside)
    }
  }

  private static func unusedName(for path: String, at time: Timestamp) -> String {
    // Without colons and dashes: some file systems and tools do not take them.
    let name = path + ".damaged-" + time.description.filter { $0 != ":" && $0 != "-" }
    var candidate = name
    var attempt = 1
    while ["", "-wal", "-shm", "-journal"].contains(where: { fileSize(candidate + $0) != nil }) {
      attempt += 1
      candidate = "\(name).\(attempt)"
    }
    return candidate
  }
}

/// A rename is on the disk once its directory is. Failing to do so is no reason not to start: after a power cut the
/// damaged file would merely be found, and set aside, again.
func synchronizeDirectory(of path: String) {
  let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  let descriptor = open(directory.isEmpty ? "/" : directory, O_RDONLY | O_DIRECTORY)
  guard descriptor >= 0 else { return }
  fsync(descriptor)
  close(descriptor)
}
#endif
