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

/// Brings the database's log to the disk. After an error nothing is tried again: the kernel may then have dropped pages that
/// it reports as clean, so a later success would prove nothing.
final class LogSync: Sendable {
  private enum Standing {
    case closed
    case open(Int32)
    case failed(StoreError)
  }
  private let standing = Mutex(Standing.closed)
  private let path: String
  /// What the disk does beside that, for tests.
  private let disk: (@Sendable () throws(StoreError) -> Void)?

  init(log path: String, disk: (@Sendable () throws(StoreError) -> Void)? = nil) {
    self.path = path
    self.disk = disk
  }

  deinit {
    standing.withLock { standing in
      if case .open(let descriptor) = standing { _ = close(descriptor) }
    }
  }

  var failure: StoreError? {
    standing.withLock { standing in
      if case .failed(let error) = standing { error } else { nil }
    }
  }

  /// All that was written to the log before the call is on the disk when it returns.
  func sync() throws(StoreError) {
    // A second caller would have to wait anyway; there is only one at a time.
    try standing.withLock { standing throws(StoreError) in
      do throws(StoreError) {
        if case .failed(let error) = standing { throw error }
        let descriptor = try descriptor(in: &standing)
        if Self.bring(descriptor) != 0 { throw Self.error("the log cannot be brought to the disk") }
        try disk?()
      } catch {
        if case .open(let descriptor) = standing { _ = close(descriptor) }
        standing = .failed(error)
        throw error
      }
    }
  }

  /// Brings these groups to the disk, as far as they are not there. Returns why they are not.
  func sync(for groups: [GroupWriter.Result]) -> StoreError? {
    if !groups.contains(where: \.owesSync) { return failure }
    do {
      try sync()
      return nil
    } catch {
      return error
    }
  }

  private func descriptor(in standing: inout Standing) throws(StoreError) -> Int32 {
    if case .open(let descriptor) = standing { return descriptor }
    // SQLite keeps no locks on the log itself, so closing another descriptor of it takes none away.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw Self.error("\(path) cannot be opened") }
    standing = .open(descriptor)
    return descriptor
  }

  private static func bring(_ descriptor: Int32) -> Int32 {
    #if canImport(Darwin)
    // Without it a Mac's disk may keep the bytes in a buffer of its own.
    fcntl(descriptor, F_FULLFSYNC)
    #else
    fdatasync(descriptor)
    #endif
  }

  private static func error(_ action: String) -> StoreError {
    StoreError(.io, "\(action): \(String(cString: strerror(errno))) (errno \(errno))")
  }
}
#endif
