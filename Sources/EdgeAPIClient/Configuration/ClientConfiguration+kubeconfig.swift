#if Networking
import EdgeIdentity
import EdgeJSON
import EdgePrimitives

extension ClientConfiguration {
  /// Reads a kubeconfig file that has been parsed to JSON (files are YAML; parsing them is the caller's).
  ///
  /// Embedded data only: `certificate-authority-data`, `client-certificate-data`, `client-key-data` and `token`.
  /// References to files, plugins and passwords are refused by name, and so is a server that is not to be verified.
  /// - Parameter context: the context to use; nil uses `current-context`.
  public init(kubeconfig: JSONValue, context: String? = nil) throws(KubeClientError) {
    guard let name = context ?? kubeconfig["current-context"]?.stringValue, !name.isEmpty else {
      throw KubeClientError(.misuse, "kubeconfig: current-context: Required value")
    }
    let chosen = try Self.entry(kubeconfig, list: "contexts", member: "context", name: name)
    let cluster = try Self.entry(
      kubeconfig, list: "clusters", member: "cluster", name: chosen["cluster"]?.stringValue ?? "")
    guard let server = cluster["server"]?.stringValue else {
      throw KubeClientError(.misuse, "kubeconfig: server of the cluster: Required value")
    }
    try Self.refuse(["certificate-authority", "insecure-skip-tls-verify", "proxy-url"], in: cluster)
    var credential = Credential.none
    if let user = chosen["user"]?.stringValue, !user.isEmpty {
      credential = try Self.credential(Self.entry(kubeconfig, list: "users", member: "user", name: user))
    }
    try self.init(
      server: server, authorityPEM: Self.text(cluster, "certificate-authority-data"), credential: credential)
  }

  /// The kubeconfig file of this configuration, one cluster, one user and one context, all of the given name.
  ///
  /// It holds the credential: write it readable by its owner only.
  public func kubeconfig(name: String = "edge") -> JSONValue {
    var cluster: JSONObject = ["server": .string(server)]
    if let authorityPEM { cluster["certificate-authority-data"] = .string(Base64.encode(Array(authorityPEM.utf8))) }
    var user = JSONObject()
    switch credential {
    case .none: break
    case .bearerToken(let token): user["token"] = .string(token)
    case .certificate(let identity):
      user["client-certificate-data"] = .string(Base64.encode(Array(identity.certificatePEM.utf8)))
      user["client-key-data"] = .string(Base64.encode(Array(identity.privateKeyPEM.utf8)))
    }
    return [
      "apiVersion": "v1", "kind": "Config",
      "clusters": [["name": .string(name), "cluster": .object(cluster)]],
      "users": [["name": .string(name), "user": .object(user)]],
      "contexts": [["name": .string(name), "context": ["cluster": .string(name), "user": .string(name)]]],
      "current-context": .string(name),
    ]
  }

  private static func credential(_ user: JSONValue) throws(KubeClientError) -> Credential {
    try refuse(["client-certificate", "client-key", "tokenFile", "exec", "auth-provider", "username"], in: user)
    if let token = user["token"]?.stringValue, !token.isEmpty { return .bearerToken(token) }
    guard let certificate = try text(user, "client-certificate-data") else { return .none }
    guard let key = try text(user, "client-key-data") else {
      throw KubeClientError(.misuse, "kubeconfig: client-key-data: Required value beside client-certificate-data")
    }
    return .certificate(KeyAndCertificate(certificatePEM: certificate, privateKeyPEM: key))
  }

  private static func entry(
    _ kubeconfig: JSONValue, list: String, member: String, name: String
  ) throws(KubeClientError) -> JSONValue {
    guard let found = kubeconfig[list]?.arrayValue?.first(where: { $0["name"]?.stringValue == name }),
      let content = found[member]
    else { throw KubeClientError(.misuse, "kubeconfig: \(list): no entry named \"\(name.prefix(80))\"") }
    return content
  }

  private static func text(_ entry: JSONValue, _ field: String) throws(KubeClientError) -> String? {
    guard let encoded = entry[field]?.stringValue, !encoded.isEmpty else { return nil }
    guard let bytes = Base64.decode(encoded) else {
      throw KubeClientError(.misuse, "kubeconfig: \(field) is not base64")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func refuse(_ fields: [String], in entry: JSONValue) throws(KubeClientError) {
    for field in fields {
      switch entry[field] {
      case nil, .null, .bool(false), "": continue
      default: throw KubeClientError(.misuse, "kubeconfig: \(field) is not supported; embed the data instead")
      }
    }
  }
}
#endif
