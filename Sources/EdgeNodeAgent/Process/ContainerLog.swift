#if Networking && canImport(Glibc)
import Glibc

/// Keeps the log of a running container within a bound.
///
/// The process holds the file open for appending and survives the agent, so the file is never renamed under it: the
/// newest part is copied aside and the file cut to nothing. A line written in between may be lost; a full flash card
/// would lose more.
enum ContainerLog {
  /// Cuts the log when it has outgrown `maximumBytes`; the older half of that stays in `<path>.1`.
  static func rotateIfNeeded(_ path: String, maximumBytes: Int) {
    var information = stat()
    guard stat(path, &information) == 0, information.st_size > maximumBytes else { return }
    let source = open(path, O_RDWR | O_CLOEXEC)
    guard source >= 0 else { return }
    defer { close(source) }
    let target = open(path + ".1", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
    guard target >= 0 else { return }
    defer { close(target) }
    lseek(source, max(0, information.st_size - maximumBytes / 2), SEEK_SET)
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(source, &buffer, buffer.count)
      guard count > 0, write(target, buffer, count) == count else { break }
    }
    ftruncate(source, 0)
  }
}
#endif
