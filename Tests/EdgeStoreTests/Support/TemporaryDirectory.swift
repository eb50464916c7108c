import EdgeStore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Gives `body` an empty directory and removes it afterwards.
func withTemporaryDirectory<Output>(_ body: (_ path: String) async throws -> Output) async throws -> Output {
  let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  var template = Array("\(parent)/edge-store-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw StoreError(.cannotOpen, "mkdtemp failed") }
  let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
  defer { removeDirectory(path) }
  return try await body(path)
}

func removeDirectory(_ path: String) {
  for name in fileNames(in: path) where unlink(path + "/" + name) != 0 { removeDirectory(path + "/" + name) }
  rmdir(path)
}

func fileNames(in directory: String) -> [String] {
  guard let handle = opendir(directory) else { return [] }
  defer { closedir(handle) }
  var names: [String] = []
  while let entry = readdir(handle) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted()
}

func readFile(_ path: String) -> [UInt8] {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else { return [] }
  defer { close(descriptor) }
  var content: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65536)
  while case let count = read(descriptor, &chunk, chunk.count), count > 0 { content += chunk[..<count] }
  return content
}

func writeFile(_ path: String, _ content: [UInt8]) {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  guard descriptor >= 0 else { return }
  defer { close(descriptor) }
  var written = 0
  while written < content.count {
    let count = content[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count <= 0 { return }
    written += count
  }
}

func environmentNumber(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }
