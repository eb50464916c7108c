#if Networking && SQLite
import ArgumentParser
import EdgeGRPC
import Logging
import NIOPosix
import NIOSSL

/// How a command reaches a server; the flags are etcdctl's.
struct ClientOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The server.", valueName: "url"), transform: { try ListenURL($0) })
  var endpoint = ListenURL(isSecure: false, host: "127.0.0.1", port: 2379)

  @Option(help: ArgumentHelp("Whose certificate the server must have (PEM).", valueName: "file"))
  var cacert: String?

  @Option(help: ArgumentHelp("The certificate to show (PEM).", valueName: "file"))
  var cert: String?

  @Option(help: ArgumentHelp("The certificate's key (PEM).", valueName: "file"))
  var key: String?

  func validate() throws {
    if (cert == nil) != (key == nil) { throw ValidationError("--cert and --key go together") }
  }

  func connect(logger: Logger) async throws -> GRPCConnection {
    try await GRPCConnection.connect(
      host: endpoint.host, port: endpoint.port, tls: endpoint.isSecure ? try makeContext() : nil,
      group: MultiThreadedEventLoopGroup.singleton, logger: logger)
  }

  private func makeContext() throws -> NIOSSLContext {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.applicationProtocols = ["h2"]
    if let cacert { tls.trustRoots = .file(cacert) }
    if let cert, let key {
      tls.certificateChain = try NIOSSLCertificate.fromPEMFile(cert).map { .certificate($0) }
      tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
    }
    return try NIOSSLContext(configuration: tls)
  }
}
#endif
