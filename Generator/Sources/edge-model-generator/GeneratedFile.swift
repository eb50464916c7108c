import EdgeAPIModels
import Foundation

/// A file that is written only when its text differs, so that builds after a run without changes have nothing to do.
struct GeneratedFile {
  let path: String
  let text: String

  func write(in folder: String) throws {
    let url = URL(filePath: folder).appending(path: path)
    if let old = try? String(contentsOf: url, encoding: .utf8), old == text { return }
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: url, atomically: true, encoding: .utf8)
  }
}

enum SchemaFolder {
  /// All schema files of a folder, in the order of their names.
  static func read(_ folder: String) throws -> [(name: String, text: String)] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".schema") }.sorted()
    if names.isEmpty { throw GeneratorError("no *.schema file in \(folder)") }
    return try names.map { name in
      (String(name.dropLast(7)), try String(contentsOf: URL(filePath: folder).appending(path: name), encoding: .utf8))
    }
  }
}
