#if Networking && SQLite
import ArgumentParser
import NIOSSL

/// etcd's flags for the clients' side.
struct TLSOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The server's certificate (PEM), with intermediate ones behind it.", valueName: "file"))
  var certFile: String?

  @Option(help: ArgumentHelp("The certificate's key (PEM).", valueName: "file"))
  var keyFile: String?

  @Option(help: ArgumentHelp("Whose certificates clients must have (PEM).", valueName: "file"))
  var trustedCaFile: String?

  @Flag(help: "Refuse clients without a certificate of --trusted-ca-file.")
  var clientCertAuth = false

  func validate() throws {
    if (certFile == nil) != (keyFile == nil) { throw ValidationError("--cert-file and --key-file go together") }
    if clientCertAuth && trustedCaFile == nil { throw ValidationError("--client-cert-auth needs --trusted-ca-file") }
  }

  /// Nil without a certificate.
  func makeContext() throws -> NIOSSLContext? {
    guard let certFile, let keyFile else { return nil }
    do {
      var tls = TLSConfiguration.makeServerConfiguration(
        certificateChain: try NIOSSLCertificate.fromPEMFile(certFile).map { .certificate($0) },
        privateKey: .privateKey(try NIOSSLPrivateKey(file: keyFile, format: .pem)))
      // In the order of our liking. Clients of gRPC offer h2 alone; who offers both, as curl does, wants a page.
      tls.applicationProtocols = ["http/1.1", "h2"]
      tls.minimumTLSVersion = .tlsv12
      // As etcd does, a trusted authority alone asks clients for certificates, too.
      if clientCertAuth, let trustedCaFile {
        tls.trustRoots = .file(trustedCaFile)
        // Clients have no host name to compare with.
        tls.certificateVerification = .noHostnameVerification
      }
      return try NIOSSLContext(configuration: tls)
    } catch {
      throw FileError(path: "\(certFile), \(keyFile)", reason: "cannot be used for TLS: \(error)")
    }
  }
}
#endif
