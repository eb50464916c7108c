#if Networking && canImport(Glibc)
import Glibc

/// A directory whose files change all at once, as programs that watch a mounted ConfigMap know it from Kubernetes: the files
/// are links through `..data`, and that is itself a link, which is exchanged.
struct VolumeDirectory {
  let path: String

  private static let current = "..data"

  /// Brings the directory to `files`.
  /// - Returns: whether anything changed.
  @discardableResult
  func write(_ files: [VolumeFile]) throws(ProcessError) -> Bool {
    guard makeDirectories(path) else { throw problem("cannot be made") }
    chmod(path, 0o755)
    if isCurrent(files) { return false }
    let previous = link("\(path)/\(Self.current)")
    let generation = freeGeneration()
    for file in files {
      let target = "\(path)/\(generation)/\(file.path)"
      guard makeOpenDirectories("\(path)/\(generation)", below: file.path), store(file, at: target) else {
        let error = problem("cannot be written")
        removeTree("\(path)/\(generation)")
        throw error
      }
    }
    let isMade = files.isEmpty ? makeOpenDirectories("\(path)/\(generation)", below: "") : true
    unlink("\(path)/\(Self.current).new")
    guard isMade, symlink(generation, "\(path)/\(Self.current).new") == 0,
      rename("\(path)/\(Self.current).new", "\(path)/\(Self.current)") == 0
    else { throw problem("cannot be exchanged") }
    exchangeLinks(Set(files.compactMap { $0.path.split(separator: "/").first.map(String.init) }))
    if let previous { removeTree("\(path)/\(previous)") }
    return true
  }

  /// What the file holds now; nil when it is not there.
  func content(of file: String) -> [UInt8]? {
    guard !file.split(separator: "/").contains("..") else { return nil }
    return readFile("\(path)/\(Self.current)/\(file)", limit: 1 << 20)
  }

  private func isCurrent(_ files: [VolumeFile]) -> Bool {
    guard link("\(path)/\(Self.current)") != nil, count(below: "\(path)/\(Self.current)") == files.count else {
      return false
    }
    return files.allSatisfy { file in
      var information = stat()
      let stored = "\(path)/\(Self.current)/\(file.path)"
      guard stat(stored, &information) == 0, information.st_mode & 0o777 == file.mode,
        information.st_size == file.content.count
      else { return false }
      return readFile(stored, limit: file.content.count + 1) == file.content
    }
  }

  /// The files in the tree at `path`, which may be a link.
  private func count(below path: String) -> Int {
    names(in: path).reduce(0) { count, name in
      var information = stat()
      guard lstat("\(path)/\(name)", &information) == 0 else { return count }
      return count + (information.st_mode & S_IFMT == S_IFDIR ? self.count(below: "\(path)/\(name)") : 1)
    }
  }

  private func exchangeLinks(_ wanted: Set<String>) {
    for name in names(in: path) where !name.hasPrefix("..") && !wanted.contains(name) { unlink("\(path)/\(name)") }
    for name in wanted where link("\(path)/\(name)") == nil { symlink("\(Self.current)/\(name)", "\(path)/\(name)") }
  }

  private func freeGeneration() -> String {
    let known = names(in: path)
    for name in known where name.hasPrefix("..") && name != Self.current && name != link("\(path)/\(Self.current)") {
      // Left behind by an agent that was killed.
      removeTree("\(path)/\(name)")
    }
    let numbers = known.compactMap { $0.hasPrefix("..g") ? Int($0.dropFirst(3)) : nil }
    return "..g\((numbers.max() ?? 0) + 1)"
  }

  private func store(_ file: VolumeFile, at target: String) -> Bool {
    let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.mode)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var rest = file.content[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    // The mask of the agent is not the volume's.
    return fchmod(descriptor, file.mode) == 0
  }

  /// The directories of `file` below `root`, readable for whatever user the container's program takes.
  private func makeOpenDirectories(_ root: String, below file: String) -> Bool {
    var partial = root
    for step in [""] + file.split(separator: "/").dropLast().map({ "/\($0)" }) {
      partial += step
      if mkdir(partial, 0o755) != 0 && errno != EEXIST { return false }
      chmod(partial, 0o755)
    }
    return true
  }

  private func link(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 256)
    let count = readlink(path, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
  }

  private func names(in path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  private func problem(_ what: String) -> ProcessError {
    ProcessError(code: .preparation, message: "\(path) \(what): \(lastErrorText())")
  }
}
#endif
