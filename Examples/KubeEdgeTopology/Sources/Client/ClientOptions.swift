#if Networking && SQLite && YAML
import ArgumentParser
import EdgeAPIClient
import EdgeAPIModelsYAML
import NIOPosix

struct ClientOptions: ParsableArguments {
  @Option(
    help: """
      Credentials of the cloud; if not given, the file named by KUBECONFIG or kubeedge-cloud/admin.kubeconfig.
      """)
  var kubeconfig: String?

  func client() throws -> KubeClient {
    let path =
      kubeconfig ?? Terminal.environment("KUBECONFIG").flatMap { $0.isEmpty ? nil : $0 }
      ?? "kubeedge-cloud/admin.kubeconfig"
    let text = String(decoding: try Terminal.read(path), as: UTF8.self)
    let configuration = try ClientConfiguration(kubeconfig: KubernetesYAML.value(parsing: text))
    return try KubeClient(configuration: configuration, group: MultiThreadedEventLoopGroup.singleton)
  }
}
#endif
