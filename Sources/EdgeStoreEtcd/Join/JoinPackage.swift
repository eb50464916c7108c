#if Networking
import EdgeIdentity
import EdgeJSON

/// What a machine gets that joins: the cluster's keys, and how to start its member.
struct JoinPackage: Sendable {
  /// Files under `tls/`, by name.
  let files: [String: String]
  let admission: MemberAdmission

  /// Key before certificate: a certificate alone would be taken for damage.
  private static let names = [
    "peer-ca/ca.key", "peer-ca/ca.crt", "client-ca/ca.key", "client-ca/ca.crt", "join-token.key",
  ]

  init(_ admission: MemberAdmission, certificates: ClusterCertificates) throws {
    self.admission = admission
    var files: [String: String] = [:]
    for name in Self.names {
      guard let bytes = try DurableFile.read("\(certificates.directory)/\(name)") else {
        throw EtcdClusterError(.io, "\(certificates.directory)/\(name) is missing")
      }
      files[name] = String(decoding: bytes, as: UTF8.self)
    }
    self.files = files
  }

  /// Nil when it is not complete.
  init?(json: JSONValue) {
    guard let cluster = json["initialCluster"]?.stringValue,
      let endpoints = json["endpoints"]?.arrayValue?.compactMap(\.stringValue), let given = json["files"]?.objectValue
    else { return nil }
    var files: [String: String] = [:]
    for name in Self.names {
      guard let text = given[name]?.stringValue else { return nil }
      files[name] = text
    }
    self.files = files
    admission = MemberAdmission(initialCluster: cluster, endpoints: endpoints)
  }

  var json: JSONValue {
    .object([
      "initialCluster": .string(admission.initialCluster),
      "endpoints": .array(admission.endpoints.map { .string($0) }),
      "files": .object(JSONObject(files.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
    ])
  }

  func store(memberDirectory: String) throws(IdentityError) {
    for name in Self.names {
      let path = "\(memberDirectory)/tls/\(name)"
      try DurableFile.makeDirectory(String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)))
      try DurableFile.write(Array((files[name] ?? "").utf8), to: path, mode: name.hasSuffix(".key") ? 0o600 : 0o644)
    }
  }
}
#endif
