#if Networking && SQLite && YAML
import ArgumentParser
import EdgeIdentity
import EdgePrimitives

struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Make a token with which a node can join.",
    discussion: """
      Run it where the cloud's data directory is. A token for one node also lets that node come back with a new key, for \
      instance after its disk was replaced.
      """)

  @Option(help: "The cloud's data directory.")
  var dataDir = "kubeedge-cloud"
  @Option(help: "The one node that may use the token; without it any new node may.")
  var node: String?
  @Option(help: "Seconds for which the token is good.")
  var lifetime = 86_400

  func run() async throws {
    guard Terminal.entries(of: dataDir) != nil else {
      throw ValidationError("\(dataDir) is no directory; start the cloud first or name its --data-dir")
    }
    let authority = try CertificateAuthority.loadOrCreate(directory: dataDir)
    let tokens = try JoinTokenIssuer.loadOrCreate(directory: dataDir, authority: authority)
    let name = try node.map { try NodeName($0) }
    Terminal.print(tokens.mint(lifetime: .seconds(lifetime), node: name))
  }
}
#endif
