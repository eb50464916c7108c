import EdgeIdentity
import EdgePrimitives
import NIOSSL

/// The authority and certificates of one run, in a folder that both processes see.
struct BenchIdentities {
  let directory: String

  func hubTLS() throws -> NIOSSLContext {
    let authority = try CertificateAuthority.loadOrCreate(directory: directory)
    let identity = try authority.issueServerCertificate(
      commonName: "hub", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"])
    return try TLSContexts.hub(identity, authorityPEM: authority.certificatePEM)
  }

  func frameServerTLS() throws -> NIOSSLContext {
    let authority = try CertificateAuthority.loadOrCreate(directory: directory)
    let identity = try authority.issueServerCertificate(
      commonName: "hub", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"])
    return try TLSContexts.frameServer(identity, authorityPEM: authority.certificatePEM)
  }

  func frameClientTLS() throws -> NIOSSLContext {
    let authority = try CertificateAuthority.loadOrCreate(directory: directory)
    let identity = try authority.issueClientCertificate(
      commonName: "system:node:bench", organizations: ["system:nodes"])
    return try TLSContexts.frameClient(authorityPEM: authority.certificatePEM, identity: identity)
  }

  /// One certificate for all nodes of a run: a context for each of ten thousand would measure the clients' memory.
  func edgeTLS() throws -> NIOSSLContext {
    let authority = try CertificateAuthority.loadOrCreate(directory: directory)
    let identity = try authority.issueClientCertificate(
      commonName: "system:node:bench", organizations: ["system:nodes"])
    return try TLSContexts.edge(authorityPEM: authority.certificatePEM, identity: identity)
  }
}
