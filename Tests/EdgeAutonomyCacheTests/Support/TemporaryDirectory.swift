#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Gives `body` the path of a database that does not exist yet, and removes what it leaves behind.
func withDatabasePath(_ body: (_ path: String) async throws -> Void) async throws {
  var template = Array("/tmp/edge-cache-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw TemporaryDirectoryError() }
  let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  let path = directory + "/cache.db"
  defer {
    for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
    rmdir(directory)
  }
  try await body(path)
}

struct TemporaryDirectoryError: Error {}
