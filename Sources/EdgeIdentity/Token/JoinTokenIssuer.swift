#if Networking
import Crypto
import EdgeJSON
import EdgePrimitives

/// What a verified join token says.
public struct JoinTokenClaims: Sendable, Hashable {
  public let expiresAt: Timestamp
  /// The one node that may use the token; nil lets any node that is new.
  public let node: NodeName?
  /// The token's own id, for logs.
  public let id: String?
}

/// Makes and checks join tokens: JSON Web Tokens (RFC 7519) with HS256 and nothing else.
///
/// The HMAC key is a secret of its own. KubeEdge uses the CA's private key for it; then whoever can check a token could
/// sign certificates, and one key would serve two algorithms. A key of its own can also be replaced, which voids all
/// outstanding tokens, without touching any certificate.
public struct JoinTokenIssuer: Sendable {
  private let key: SymmetricKey
  private let certificateHash: String

  init(key: SymmetricKey, certificateHash: String) {
    self.key = key
    self.certificateHash = certificateHash
  }

  /// An issuer that is not stored anywhere: its tokens die with the process.
  public init(authority: CertificateAuthority) {
    self.init(key: SymmetricKey(size: .bits256), certificateHash: authority.certificateHash)
  }

  /// Loads the secret from `join-token.key` in the directory, or makes it on the first call.
  public static func loadOrCreate(
    directory: String, authority: CertificateAuthority
  ) throws(IdentityError) -> JoinTokenIssuer {
    try DurableFile.makeDirectory(directory)
    let path = "\(directory)/join-token.key"
    if let stored = try DurableFile.read(path) {
      let text = String(decoding: stored, as: UTF8.self).split { $0.isWhitespace }
      guard text.count == 1, let bytes = Hex.decoded(text[0]), bytes.count == 32 else {
        throw IdentityError(code: .damaged, message: "\(path) does not hold 32 bytes in hex")
      }
      return JoinTokenIssuer(key: SymmetricKey(data: bytes), certificateHash: authority.certificateHash)
    }
    let issuer = JoinTokenIssuer(authority: authority)
    let text = issuer.key.withUnsafeBytes { Hex.encoded($0) } + "\n"
    try DurableFile.write(Array(text.utf8), to: path, mode: 0o600)
    return issuer
  }

  /// A new token.
  /// - Parameter node: binds the token to one name, which then may also be taken over from a lost key.
  public func mint(
    lifetime: Duration, node: NodeName? = nil, clock: any WallClock = SystemWallClock(),
    entropy: any EntropySource = SystemEntropy()
  ) -> String {
    var claims: JSONObject = ["exp": .integer((clock.now() + lifetime).millisecondsSinceEpoch / 1000)]
    claims["jti"] = .string(UniqueID(from: entropy).rawValue)
    if let node { claims["node"] = .string(node.rawValue) }
    let signed =
      Base64.encodeURLSafe(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8)) + "."
      + Base64.encodeURLSafe(JSONValue.object(claims).serialized())
    let signature = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: key)
    return "\(certificateHash).\(signed).\(Base64.encodeURLSafe(signature))"
  }

  /// Checks the bearer part of a token. Nothing in it is believed, and its claims are not even parsed, before the
  /// signature is found right, in constant time.
  public func verify(
    bearer: String, for node: NodeName, now: Timestamp
  ) throws(JoinTokenError) -> JoinTokenClaims {
    guard bearer.utf8.count <= JoinTokenParts.maximumBytes else { throw .malformed }
    let parts = bearer.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Base64.decodeURLSafe(parts[0]), let payload = Base64.decodeURLSafe(parts[1]),
      let signature = Base64.decodeURLSafe(parts[2])
    else { throw .malformed }
    // The algorithm is ours, never the token's choice: `none` or another one is as good as a wrong signature.
    guard Self.object(header)?["alg"]?.stringValue == "HS256" else { throw .wrongSignature }
    let signed = Array("\(parts[0]).\(parts[1])".utf8)
    guard HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: signed, using: key) else {
      throw .wrongSignature
    }
    let claims = try Self.claims(payload)
    guard now < claims.expiresAt else { throw .expired(at: claims.expiresAt) }
    if let bound = claims.node, bound != node { throw .wrongNode }
    return claims
  }

  private static func claims(_ payload: [UInt8]) throws(JoinTokenError) -> JoinTokenClaims {
    guard let object = object(payload), let seconds = object["exp"]?.integerValue else { throw .malformed }
    var node: NodeName?
    if let bound = object["node"] {
      guard let name = bound.stringValue.flatMap({ try? NodeName($0) }) else { throw .malformed }
      node = name
    }
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    guard !overflow else { throw .malformed }
    return JoinTokenClaims(
      expiresAt: Timestamp(millisecondsSinceEpoch: milliseconds), node: node, id: object["jti"]?.stringValue)
  }

  private static func object(_ bytes: [UInt8]) -> JSONObject? { (try? JSONValue(parsing: bytes))?.objectValue }
}
#endif
