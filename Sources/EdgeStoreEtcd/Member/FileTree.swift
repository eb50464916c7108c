#if Networking
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The few looks at the file system that a member's supervisor needs.
enum FileTree {
  static func find(_ program: String, in path: String) -> String? {
    path.split(separator: ":").lazy.map { "\($0)/\(program)" }.first { candidate in
      var information = stat()
      return stat(candidate, &information) == 0 && information.st_mode & S_IFMT == S_IFREG
        && access(candidate, X_OK) == 0
    }
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func names(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  static func move(_ source: String, to target: String) throws(EtcdClusterError) {
    guard rename(source, target) == 0 else { throw failure("move", source) }
  }

  static func remove(_ path: String) { unlink(path) }

  static func failure(_ verb: String, _ path: String) -> EtcdClusterError {
    EtcdClusterError(.io, "cannot \(verb) \(path): \(String(cString: strerror(errno)))")
  }
}

/// A file that is there under its name only when it is whole and on the disk.
struct FileBeingWritten: ~Copyable {
  private let path: String
  private let descriptor: Int32
  private var isDone = false

  init(_ path: String) throws(EtcdClusterError) {
    self.path = path
    unlink(path + ".part")
    descriptor = open(path + ".part", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw FileTree.failure("create", path + ".part") }
  }

  deinit {
    close(descriptor)
    if !isDone { unlink(path + ".part") }
  }

  func write(_ bytes: [UInt8]) throws(EtcdClusterError) {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw FileTree.failure("write", path + ".part")
      }
      written += count
    }
  }

  mutating func finish() throws(EtcdClusterError) {
    guard fsync(descriptor) == 0 else { throw FileTree.failure("sync", path + ".part") }
    try FileTree.move(path + ".part", to: path)
    isDone = true
    let parent = open(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".", O_RDONLY | O_CLOEXEC)
    if parent >= 0 {
      fsync(parent)
      close(parent)
    }
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
#endif
