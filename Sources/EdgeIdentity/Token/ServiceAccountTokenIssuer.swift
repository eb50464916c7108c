#if Networking
import Crypto
import EdgeJSON
import EdgePrimitives

/// Makes the tokens of ServiceAccounts that pods mount: JSON Web Tokens (RFC 7519) with ES256, with the claims of
/// Kubernetes' bound tokens.
///
/// Whoever has the public key can check one without asking: EdgeCore's MetaServer (`serviceAccountKeyFiles`), an OIDC
/// client.
public struct ServiceAccountTokenIssuer: Sendable {
  /// What a token says of its bearer.
  public struct Subject: Hashable, Sendable {
    public var namespace: String
    public var serviceAccount: String
    /// Nil when the account is no object of the API.
    public var serviceAccountUID: String?
    public var pod: String
    public var podUID: String
    public var node: String

    public init(
      namespace: String, serviceAccount: String, serviceAccountUID: String?, pod: String, podUID: String, node: String
    ) {
      self.namespace = namespace
      self.serviceAccount = serviceAccount
      self.serviceAccountUID = serviceAccountUID
      self.pod = pod
      self.podUID = podUID
      self.node = node
    }
  }

  private let key: P256.Signing.PrivateKey
  private let keyID: String
  /// The `iss` of the tokens, and their audience when none is asked for.
  public let issuer: String

  private init(key: P256.Signing.PrivateKey, issuer: String) {
    self.key = key
    self.issuer = issuer
    keyID = Base64.encodeURLSafe(Array(SHA256.hash(data: key.publicKey.derRepresentation)))
  }

  /// An issuer that is not stored anywhere.
  public init(issuer: String = Self.standardIssuer) {
    self.init(key: P256.Signing.PrivateKey(), issuer: issuer)
  }

  /// What EdgeCore expects unless it is told otherwise.
  public static let standardIssuer = "https://kubernetes.default.svc.cluster.local"

  /// Loads the key from `service-account.key` in the directory, or makes it on the first call, and writes the public half
  /// beside it to `service-account.pub`.
  public static func loadOrCreate(
    directory: String, issuer: String = Self.standardIssuer
  ) throws(IdentityError) -> ServiceAccountTokenIssuer {
    try DurableFile.makeDirectory(directory)
    let path = "\(directory)/service-account.key"
    let key: P256.Signing.PrivateKey
    if let stored = try DurableFile.read(path) {
      do {
        key = try P256.Signing.PrivateKey(pemRepresentation: String(decoding: stored, as: UTF8.self))
      } catch {
        throw IdentityError(code: .damaged, message: "\(path) is not a P-256 private key", cause: error)
      }
    } else {
      key = P256.Signing.PrivateKey()
      try DurableFile.write(Array((key.pemRepresentation + "\n").utf8), to: path, mode: 0o600)
    }
    let issuer = ServiceAccountTokenIssuer(key: key, issuer: issuer)
    try DurableFile.write(Array(issuer.publicKeyPEM.utf8), to: "\(directory)/service-account.pub", mode: 0o644)
    return issuer
  }

  public var publicKeyPEM: String { key.publicKey.pemRepresentation + "\n" }

  /// - Parameter audiences: who is to accept the token; empty stands for ``issuer``.
  public func mint(
    for subject: Subject, audiences: [String], issuedAt: Timestamp, expiresAt: Timestamp, id: UniqueID
  ) throws(IdentityError) -> String {
    func seconds(_ time: Timestamp) -> JSONValue { .integer(time.millisecondsSinceEpoch / 1000) }
    var account: JSONObject = ["name": .string(subject.serviceAccount)]
    if let uid = subject.serviceAccountUID { account["uid"] = .string(uid) }
    let claims: JSONValue = [
      "aud": .array((audiences.isEmpty ? [issuer] : audiences).map { .string($0) }), "exp": seconds(expiresAt),
      "iat": seconds(issuedAt), "iss": .string(issuer), "jti": .string(id.rawValue),
      "kubernetes.io": [
        "namespace": .string(subject.namespace), "node": ["name": .string(subject.node)],
        "pod": ["name": .string(subject.pod), "uid": .string(subject.podUID)], "serviceaccount": .object(account),
      ],
      "nbf": seconds(issuedAt),
      "sub": .string("system:serviceaccount:\(subject.namespace):\(subject.serviceAccount)"),
    ]
    let header: JSONValue = ["alg": "ES256", "kid": .string(keyID), "typ": "JWT"]
    let signed = Base64.encodeURLSafe(header.serialized()) + "." + Base64.encodeURLSafe(claims.serialized())
    do {
      // RFC 7518, section 3.4: both halves of the signature one after the other, not as DER.
      return try signed + "."
        + Base64.encodeURLSafe(Array(key.signature(for: Array(signed.utf8)).rawRepresentation))
    } catch {
      throw IdentityError(code: .crypto, message: "cannot sign a token", cause: error)
    }
  }
}
#endif
