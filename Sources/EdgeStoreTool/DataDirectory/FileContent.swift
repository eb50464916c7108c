#if Networking && SQLite
import Glibc

struct FileError: Error, CustomStringConvertible {
  let path: String
  let reason: String
  var description: String { "\(path): \(reason)" }

  static func last(_ path: String) -> FileError { FileError(path: path, reason: String(cString: strerror(errno))) }
}

/// Small files, whole.
enum FileContent {
  private static let maximumBytes = 1 << 20

  /// Nil when there is no such file.
  static func read(_ path: String) throws -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 && errno == ENOENT { return nil }
    guard descriptor >= 0 else { throw FileError.last(path) }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError.last(path) }
      if count == 0 { return String(decoding: content, as: UTF8.self) }
      content += buffer[..<count]
      if content.count > maximumBytes { throw FileError(path: path, reason: "larger than it can be") }
    }
  }

  /// Replaces a file in one step: after a crash it has the old content or the new one.
  static func replace(_ path: String, with text: String) throws {
    let temporary = path + ".new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError.last(temporary) }
    do {
      defer { close(descriptor) }
      try write(Array(text.utf8), to: descriptor, temporary)
      if fsync(descriptor) != 0 { throw FileError.last(temporary) }
    }
    if rename(temporary, path) != 0 { throw FileError.last(path) }
  }

  static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw FileError.last(path) }
      rest = rest.dropFirst(count)
    }
  }

  /// One line on standard output, at once.
  static func print(_ line: String) { try? write(Array("\(line)\n".utf8), to: STDOUT_FILENO, "standard output") }
}
#endif
