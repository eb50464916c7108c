#if Networking
import EdgeIdentity
import EdgePrimitives

/// The certificates of a cluster on one machine, under `tls/` of a member's directory.
///
/// Two authorities, as K3s has them: one for members among each other, one for members and their clients, so that no
/// client's certificate lets anybody into the cluster. Every machine holds both keys, because any member can admit the next
/// one. Certificates for the member are made anew at each start and so never run out under a machine that is
/// restarted once a year; authorities live for a hundred years.
public struct ClusterCertificates: Sendable {
  public let directory: String
  let peerAuthority: CertificateAuthority
  let clientAuthority: CertificateAuthority

  /// Loads the authorities, or makes them on the first call.
  public static func loadOrCreate(memberDirectory: String) throws(IdentityError) -> ClusterCertificates {
    let directory = "\(memberDirectory)/tls"
    return ClusterCertificates(
      directory: directory,
      peerAuthority: try .loadOrCreate(directory: "\(directory)/peer-ca", commonName: "edge-store peers"),
      clientAuthority: try .loadOrCreate(directory: "\(directory)/client-ca", commonName: "edge-store clients"))
  }

  /// The authority that members' certificates for clients come from, and that a join token pins.
  public var clientAuthorityPEM: String { clientAuthority.certificatePEM }

  /// Join tokens of this cluster; the secret is made on the first call.
  public func tokens() throws(IdentityError) -> JoinTokenIssuer {
    try JoinTokenIssuer.loadOrCreate(directory: directory, authority: clientAuthority)
  }

  /// A certificate for a client of the cluster, such as a control plane.
  public func issueClient(commonName: String) throws(IdentityError) -> KeyAndCertificate {
    try clientAuthority.issueClientCertificate(commonName: commonName, organizations: [])
  }

  /// Makes the member's own certificates, for its server, its peers and its supervisor as a client.
  func issue(for configuration: EtcdMemberConfiguration) throws(IdentityError) {
    try store(
      peerAuthority.issuePeerCertificate(
        commonName: configuration.name, organizations: [], dnsNames: Self.names([configuration.peer.host]),
        ipAddresses: Self.addresses([configuration.peer.host])), as: "peer")
    // A client's too: etcd's own gateway calls the server with the server's certificate.
    let hosts = [configuration.client.host, "localhost", "127.0.0.1"]
    try store(
      clientAuthority.issuePeerCertificate(
        commonName: configuration.name, organizations: [], dnsNames: Self.names(hosts),
        ipAddresses: Self.addresses(hosts)), as: "server")
    try store(issueClient(commonName: "\(configuration.name)-supervisor"), as: "client")
  }

  var server: KeyAndCertificate { get throws(IdentityError) { try load("server") } }
  public var client: KeyAndCertificate { get throws(IdentityError) { try load("client") } }

  private func store(_ pair: KeyAndCertificate, as name: String) throws(IdentityError) {
    // etcd reads the files at each handshake; a key beside an older certificate lasts no longer than between these two.
    try DurableFile.write(Array(pair.privateKeyPEM.utf8), to: "\(directory)/\(name).key", mode: 0o600)
    try DurableFile.write(Array(pair.certificatePEM.utf8), to: "\(directory)/\(name).crt", mode: 0o644)
  }

  private func load(_ name: String) throws(IdentityError) -> KeyAndCertificate {
    guard let key = try DurableFile.read("\(directory)/\(name).key"),
      let certificate = try DurableFile.read("\(directory)/\(name).crt")
    else { throw IdentityError(code: .damaged, message: "\(directory)/\(name).crt or its key is missing") }
    return KeyAndCertificate(
      certificatePEM: String(decoding: certificate, as: UTF8.self), privateKeyPEM: String(decoding: key, as: UTF8.self))
  }

  private static func isAddress(_ host: String) -> Bool {
    host.contains(":") || host.split(separator: ".").count == 4 && host.allSatisfy { $0.isNumber || $0 == "." }
  }
  private static func names(_ hosts: [String]) -> [String] { Array(Set(hosts.filter { !isAddress($0) })).sorted() }
  private static func addresses(_ hosts: [String]) -> [String] { Array(Set(hosts.filter(isAddress))).sorted() }
}
#endif
