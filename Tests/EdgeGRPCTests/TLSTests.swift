#if Networking
import EdgeGRPC
import Foundation
import NIOSSL
import Testing

@Suite struct TLSTests {
  private struct Files {
    let folder: String
    var ca: String { "\(folder)/ca.pem" }
    func certificate(_ name: String) -> String { "\(folder)/\(name).pem" }
    func key(_ name: String) -> String { "\(folder)/\(name).key" }

    init() throws {
      folder = NSTemporaryDirectory() + "edge-grpc-\(UInt64.random(in: 0 ... .max))"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
        "/CN=ca",
        "-keyout", key("ca"), "-out", ca)
      for name in ["server", "client"] {
        try openssl(
          "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
          "/CN=\(name)", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext",
          "basicConstraints=critical,CA:FALSE", "-CA", ca, "-CAkey", key("ca"), "-keyout", key(name), "-out",
          certificate(name))
      }
    }

    private func openssl(_ arguments: String...) throws {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["openssl"] + arguments
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }

    func server() throws -> NIOSSLContext {
      var tls = TLSConfiguration.makeServerConfiguration(
        certificateChain: try NIOSSLCertificate.fromPEMFile(certificate("server")).map { .certificate($0) },
        privateKey: .privateKey(try NIOSSLPrivateKey(file: key("server"), format: .pem)))
      tls.applicationProtocols = ["h2"]
      tls.trustRoots = .file(ca)
      tls.certificateVerification = .noHostnameVerification
      return try NIOSSLContext(configuration: tls)
    }

    func client(withCertificate: Bool) throws -> NIOSSLContext {
      var tls = TLSConfiguration.makeClientConfiguration()
      tls.applicationProtocols = ["h2"]
      tls.trustRoots = .file(ca)
      if withCertificate {
        tls.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate("client")).map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: key("client"), format: .pem))
      }
      return try NIOSSLContext(configuration: tls)
    }
  }

  @Test("Calls go through mutual TLS; a client without a certificate gets no connection")
  func mutual() async throws {
    let files = try Files()
    defer { try? FileManager.default.removeItem(atPath: files.folder) }
    let (trusted, stranger) = (try files.client(withCertificate: true), try files.client(withCertificate: false))
    try await Echo.withServer(Echo.services(Echo.Log()), tls: try files.server()) { port, _ in
      let connection = try await Echo.connect(port, tls: trusted)
      let message = [UInt8](repeating: 3, count: 500_000)
      let answer = try await connection.unary(Echo.immediate, message)
      #expect(answer == message)
      await connection.close()

      let error = await #expect(throws: GRPCCallError.self) {
        let connection = try await Echo.connect(port, tls: stranger)
        // With TLS 1.3 the client learns of the refusal after it has finished the handshake itself.
        _ = try await connection.unary(Echo.immediate, [1])
      }
      #expect(error?.code == .unavailable)
    }
  }
}
#endif
