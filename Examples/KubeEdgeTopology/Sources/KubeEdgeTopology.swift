#if Networking && SQLite && YAML
import ArgumentParser

/// The KubeEdge topology, small but real: one executable plays every part.
@main
struct KubeEdgeTopology: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kubeedge-topology",
    abstract: "A cloud, its edge nodes and their devices, in KubeEdge's topology.",
    discussion: """
      Start a cloud, join nodes with a token, apply manifests. `demo` does all of it on this machine, breaks things on \
      purpose and checks what happens.
      """,
    version: "0.1.0",
    subcommands: [
      CloudCommand.self, EdgeCommand.self, DeviceCommand.self, DemoCommand.self, ApplyCommand.self, GetCommand.self,
      DeleteCommand.self, TokenCommand.self, EdgeAppCommand.self,
    ])
}
#endif
