#if Networking && SQLite
import EdgeStore
import EdgeStoreSQLite
import Foundation
import Testing

/// The commands for stores at rest, run as the program they are.
@Suite struct OfflineCommandTests {
  private struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  /// The program stands beside the tests.
  private func run(_ arguments: String...) throws -> Outcome {
    let process = Process()
    process.executableURL = Bundle.main.executableURL?.deletingLastPathComponent().appendingPathComponent("edge-store")
    process.arguments = arguments
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    // Neither is more than a pipe holds.
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      output: String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self),
      errors: String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
  }

  /// A data directory with three keys and a history of 40 revisions, closed.
  private func withDataDirectory(_ body: (_ folder: String, _ database: String) async throws -> Void) async throws {
    let folder = NSTemporaryDirectory() + "edge-tool-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder + "/data", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let database = folder + "/data/store.db"
    let store = try SQLiteStore.open(path: database, configuration: SQLiteStoreConfiguration(compaction: nil))
    for index in 0..<38 { try await store.put("/registry/pods/default/a", Array("value-\(index)".utf8)) }
    try await store.put("/registry/pods/default/b", [1])
    try await store.put("/quote\"d", [2])
    await store.close()
    try await body(folder, database)
  }

  @Test("verify says that a store is sound, and ends with 2 and the way out when it is damaged")
  func verify() async throws {
    try await withDataDirectory { folder, database in
      let sound = try run("verify", "--data-dir", folder + "/data")
      #expect(sound.status == 0 && sound.output.hasSuffix("The store is sound.\n"))
      #expect(sound.output.hasPrefix("40 rows, 3 keys, 0 leases, revision 41, compacted to 0, "))
      var content = try Data(contentsOf: URL(fileURLWithPath: database))
      let position = try #require(content.range(of: Data("value-17".utf8))?.lowerBound)
      content[position] ^= 1
      try content.write(to: URL(fileURLWithPath: database))
      let damaged = try run("verify", "--data-dir", folder + "/data")
      #expect(damaged.status == 2 && damaged.output.hasPrefix("row: the checksum of change 19 does not match"))
      #expect(damaged.output.contains("edge-store salvage \(folder)/data NEW-DIR"))

      let salvaged = try run("salvage", folder + "/data", folder + "/new")
      #expect(salvaged.status == 0 && salvaged.output.hasPrefix("3 keys salvaged at revision 42"))
      #expect(try run("verify", "--data-dir", folder + "/new").status == 0)
      #expect(try run("verify", "--data-dir", folder + "/missing").status == 1)
    }
  }

  @Test("compact drops history and says sizes; an open store is refused with the way out")
  func compact() async throws {
    try await withDataDirectory { folder, database in
      let compacted = try run("compact", "--data-dir", folder + "/data", "--keep", "5")
      #expect(compacted.status == 0, "\(compacted.errors)")
      #expect(compacted.output.hasPrefix("revision 41, compacted to 37, 34 old rows removed\n"))
      let future = try run("compact", "--data-dir", folder + "/data", "--revision", "1000")
      #expect(future.status == 1 && future.errors.contains("revision 1000 is in the future"))
      #expect(try run("compact", "--data-dir", folder, "--keep", "0").status == 64)
      #expect(try run("compact", "--data-dir", folder, "--keep", "1", "--revision", "1").status == 64)

      let store = try SQLiteStore.open(path: database)
      let locked = try run("compact", "--data-dir", folder + "/data")
      #expect(locked.status == 1 && locked.errors.contains("Another process serves this directory; stop it"))
      // These only read.
      #expect(try run("verify", "--data-dir", folder + "/data").status == 0)
      #expect(try run("stats", "--data-dir", folder + "/data").status == 0)
      await store.close()
    }
  }

  @Test("stats prints tables, and one JSON object that parses")
  func stats() async throws {
    try await withDataDirectory { folder, _ in
      let tables = try run("stats", "--data-dir", folder + "/data", "--top", "1")
      #expect(tables.status == 0 && tables.output.contains("\nPREFIX          KEYS  BYTES\n/registry/pods     2"))
      let json = try run("stats", "--data-dir", folder + "/data", "--json")
      let document = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
      #expect(document["revision"] as? Int == 41 && document["keys"] as? Int == 3)
      let prefixes = try #require(document["prefixes"] as? [[String: Any]])
      #expect(Set(prefixes.compactMap { $0["prefix"] as? String }) == ["/registry/pods", "/quote\"d"])
    }
  }

  @Test("a store goes to kine and comes back with its revision")
  func kine() async throws {
    try await withDataDirectory { folder, _ in
      let exported = try run("export-kine", "--data-dir", folder + "/data", folder + "/state.db")
      #expect(exported.status == 0, "\(exported.errors)")
      #expect(exported.output == "exported 3 keys at revision 41, compacted to 0, 40 revisions of history\n")
      let imported = try run("import-kine", folder + "/state.db", "--data-dir", folder + "/again")
      #expect(
        imported.output == "imported 3 keys at revision 41; all of history is readable (40 revisions)\n",
        "\(imported.errors)")
      let twice = try run("import-kine", folder + "/state.db", "--data-dir", folder + "/again")
      #expect(twice.status == 1 && twice.errors.contains("exists already"))
      let other = try run("import-kine", folder + "/again/store.db", "--data-dir", folder + "/third")
      #expect(other.status == 1 && other.errors.contains("has no table kine"))
    }
  }
}
#endif
