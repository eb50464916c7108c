#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Finds and reads the files that tests check against.
public enum VectorFolder {
  /// The folder of raw files for a test: the one that the environment variable names, if it is set, else `fixtures`
  /// beside the test file. nil when neither exists.
  ///
  /// - Parameters:
  ///   - environment: for instance `EDGE_KUBEEDGE_CAPTURE`.
  ///   - fixtures: for instance `Fixtures/kubeedge-capture`.
  public static func directory(environment: String, fixtures: String, testFile: String = #filePath) -> String? {
    candidates(environment: environment, fixtures: fixtures, testFile: testFile).first(where: isDirectory)
  }

  /// The paths of all files below a folder whose names end in `suffix`, sorted.
  public static func files(in directory: String, suffix: String = "") -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var paths: [String] = []
    while let entry = readdir(stream) {
      // The name is an array of C characters that ends with a zero.
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasPrefix(".") { continue }
      let path = "\(directory)/\(name)"
      if isDirectory(path) {
        paths += files(in: path, suffix: suffix)
      } else if name.hasSuffix(suffix) {
        paths.append(path)
      }
    }
    return paths.sorted()
  }

  public static func bytes(of path: String) throws(VectorError) -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw VectorError("\(path): cannot be opened") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      bytes.append(contentsOf: buffer[..<count])
    }
    if ferror(file) != 0 { throw VectorError("\(path): cannot be read") }
    return bytes
  }

  public static func text(of path: String) throws(VectorError) -> String {
    guard let text = String(validating: try bytes(of: path), as: UTF8.self) else {
      throw VectorError("\(path): not UTF-8")
    }
    return text
  }

  /// The value of an environment variable, nil when it is unset or empty.
  public static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  static func candidates(environment name: String, fixtures: String, testFile: String) -> [String] {
    let parent = testFile.lastIndex(of: "/").map { String(testFile[..<$0]) } ?? "."
    return [environment(name), "\(parent)/\(fixtures)"].compactMap { $0 }
  }

  static func isFile(_ path: String) -> Bool { mode(of: path) == S_IFREG }
  static func isDirectory(_ path: String) -> Bool { mode(of: path) == S_IFDIR }

  private static func mode(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }
}
