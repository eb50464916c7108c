#if Networking && canImport(Glibc)
import Glibc

/// The absolute path of an executable: as given when it has a slash, else the first hit in a colon-separated path.
func findExecutable(_ command: String, path: String) -> String? {
  if command.utf8.contains(UInt8(ascii: "/")) { return isExecutableFile(command) ? command : nil }
  return path.split(separator: ":").lazy.map { "\($0)/\(command)" }.first(where: isExecutableFile)
}

private func isExecutableFile(_ path: String) -> Bool {
  var information = stat()
  return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
}

/// Creates a directory with its parents; false when that is impossible, with the reason in errno.
func makeDirectories(_ path: String) -> Bool {
  var partial = path.hasPrefix("/") ? "" : "."
  for component in path.split(separator: "/") {
    partial += "/\(component)"
    if mkdir(partial, 0o750) != 0 && errno != EEXIST { return false }
  }
  return true
}

/// Removes a directory with everything in it; symbolic links are removed, never followed.
func removeTree(_ path: String) {
  guard let directory = opendir(path) else { return }
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if name == "." || name == ".." { continue }
    var information = stat()
    let child = "\(path)/\(name)"
    if lstat(child, &information) == 0, information.st_mode & S_IFMT == S_IFDIR {
      removeTree(child)
    } else {
      unlink(child)
    }
  }
  closedir(directory)
  rmdir(path)
}
#endif
