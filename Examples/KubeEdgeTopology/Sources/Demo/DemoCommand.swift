#if Networking && SQLite && YAML
import ArgumentParser
import Glibc

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "Play the whole story on this machine and check every step.",
    discussion: """
      Starts a device, a cloud and two edge nodes as processes on loopback in a temporary directory; applies the \
      manifests; changes a desired value; cuts the cloud off with kill -9, kills a node, changes things while they are \
      apart; and checks that everything comes together again. Exits 0 only if every observation held.
      """)

  @Option(help: "Directory with the manifests; found beside the sources if not given.")
  var manifests: String?
  @Option(help: "Keep databases and logs in this directory instead of a temporary one that is removed.")
  var keep: String?

  func run() async throws {
    let directory =
      try keep.map { path in
        try Terminal.makeDirectory(path)
        return path.hasPrefix("/") ? path : "\(Terminal.workingDirectory)/\(path)"
      } ?? Self.temporaryDirectory()
    let story = DemoStory(directory: directory, manifests: try manifestDirectory())
    Terminal.print("Working in \(directory)")
    do {
      try await story.play()
    } catch {
      story.report.observe("story", "the story reaches its end", false, "\(error)")
    }
    let memory = story.memory
    await story.tearDown()
    story.report.printSummary(memory: memory)
    if keep == nil && story.report.isGood {
      Terminal.removeTree(directory)
    } else {
      Terminal.print("Databases and logs are in \(directory)")
    }
    if !story.report.isGood { throw ExitCode.failure }
  }

  private static func temporaryDirectory() throws -> String {
    let parent = Terminal.environment("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    var template = Array("\(parent)/kubeedge-demo.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw FileError(path: parent, reason: String(cString: strerror(errno)))
    }
    return String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func manifestDirectory() throws -> String {
    let candidates = manifests.map { [$0] } ?? ["Examples/KubeEdgeTopology/manifests", "manifests"]
    guard let found = candidates.first(where: { Terminal.entries(of: $0) != nil }) else {
      throw ValidationError("no manifests at \(candidates.joined(separator: " or ")); name them with --manifests")
    }
    return found
  }
}
#endif
