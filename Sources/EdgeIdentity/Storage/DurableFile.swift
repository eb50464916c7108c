#if Networking
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Small files that are wholly there or not at all, also after a power cut.
package enum DurableFile {
  /// Replaces the file: a temporary file is written and synced, renamed over `path`, and the directory is synced.
  package static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(IdentityError) {
    let temporary = path + ".tmp"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw failure("create", temporary) }
    do throws(IdentityError) {
      defer { close(descriptor) }
      try writeAll(bytes, to: descriptor, path: temporary)
      guard fsync(descriptor) == 0 else { throw failure("sync", temporary) }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else { throw failure("rename", temporary) }
    try syncDirectory(of: path)
  }

  /// Adds to the end of a file that exists, and syncs it. On failure, as on a full disk, the file is cut back, so that
  /// half of `bytes` never stands before the next addition.
  static func append(_ bytes: [UInt8], to path: String) throws(IdentityError) {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    let end = lseek(descriptor, 0, SEEK_END)
    do throws(IdentityError) {
      try writeAll(bytes, to: descriptor, path: path)
      guard fsync(descriptor) == 0 else { throw failure("sync", path) }
    } catch {
      if end >= 0 { _ = ftruncate(descriptor, end) }
      throw error
    }
  }

  /// The file's bytes; nil when there is no such file.
  package static func read(_ path: String, maximumBytes: Int = 64 << 20) throws(IdentityError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw failure("open", path)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = chunk.withUnsafeMutableBytes { buffer in
        #if canImport(Darwin)
        Darwin.read(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
        Musl.read(descriptor, buffer.baseAddress, buffer.count)
        #else
        Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
      }
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure("read", path)
      }
      bytes += chunk[..<count]
      guard bytes.count <= maximumBytes else {
        throw IdentityError(code: .damaged, message: "\(path) is larger than \(maximumBytes) bytes")
      }
    }
  }

  package static func remove(_ path: String) { unlink(path) }

  /// Makes the directory and its parents, for the owner's eyes only.
  package static func makeDirectory(_ path: String) throws(IdentityError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for component in path.split(separator: "/") {
      made += component + "/"
      guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw failure("create", made) }
    }
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: CInt, path: String) throws(IdentityError) {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { buffer in
        #if canImport(Darwin)
        Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
        Musl.write(descriptor, buffer.baseAddress, buffer.count)
        #else
        Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure("write", path)
      }
      written += count
    }
  }

  private static func syncDirectory(of path: String) throws(IdentityError) {
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(directory, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", directory) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("sync", directory) }
  }

  private static func failure(_ verb: String, _ path: String) -> IdentityError {
    let reason = String(cString: strerror(errno))
    return IdentityError(code: .io, message: "cannot \(verb) \(path): \(reason)")
  }
}
#endif
