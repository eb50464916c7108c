#if Networking && SQLite
import ArgumentParser

@main
struct EdgeStoreTool: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edge-store", abstract: "A store with etcd's API on SQLite, and the tools around it.",
    subcommands: [
      ServeCommand.self, SnapshotCommand.self, VerifyCommand.self, CompactCommand.self, StatsCommand.self,
      SalvageCommand.self, ImportKineCommand.self, ExportKineCommand.self,
    ])
}
#else
@main
struct EdgeStoreTool {
  static func main() { print("edge-store was built without the traits Networking and SQLite") }
}
#endif
