import Foundation

/// Gives `body` an empty directory and removes it afterwards.
func withTemporaryDirectory<Output>(_ body: (_ path: String) async throws -> Output) async throws -> Output {
  let directory = FileManager.default.temporaryDirectory.appending(path: "edge-resource-\(UUID())").path
  try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: directory) }
  return try await body(directory)
}
