#if SQLite
import EdgeStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Keeps a second store off a database, in this process or another one: an exclusive `flock` on an empty file beside it.
///
/// SQLite's own locks would let a second process write between two transactions, and are given up by any close of the
/// database's file in the same process. The empty file stays: removing it would let two stores lock two files of one name.
final class StoreLock: Sendable {
  private let descriptor: Int32

  init(path: String) throws(StoreError) {
    let descriptor = open(path + "-lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw StoreError(.cannotOpen, "cannot open \(path)-lock: \(String(cString: strerror(errno)))")
    }
    // A store that was released a moment ago, without being closed, may still be busy with its log.
    var attempts = 1
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let reason = errno
      if reason == EWOULDBLOCK && attempts < Self.maximumAttempts {
        attempts += 1
        usleep(Self.attemptMicroseconds)
        continue
      }
      close(descriptor)
      if reason == EWOULDBLOCK { throw StoreError(.locked, "another store has it open") }
      throw StoreError(.cannotOpen, "cannot lock \(path)-lock: \(String(cString: strerror(reason)))")
    }
    self.descriptor = descriptor
  }

  private static let maximumAttempts = 50
  private static let attemptMicroseconds: UInt32 = 10_000

  deinit {
    // Closing alone would not do: a process that is just being started shares the descriptor until it runs its program.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
#endif
