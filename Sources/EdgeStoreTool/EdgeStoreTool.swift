#if Networking && SQLite
import ArgumentParser

@main
struct EdgeStoreTool: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edge-store", abstract: "A store with etcd's API on SQLite, and the tools around it.",
    subcommands: [
      ServeCommand.self, ClusterCommand.self, SnapshotCommand.self, VerifyCommand.self, CompactCommand.self,
      StatsCommand.self, SalvageCommand.self, ImportKineCommand.self, ExportKineCommand.self,
    ])

  static func main() async {
    AllocatorSettings.apply()
    await main(nil)
  }
}
#else
@main
struct EdgeStoreTool {
  static func main() { print("edge-store was built without the traits Networking and SQLite") }
}
#endif
