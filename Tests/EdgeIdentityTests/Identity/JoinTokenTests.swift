#if Networking
@testable import EdgeIdentity
import EdgePrimitives
import Foundation
import Testing

@Suite("Join tokens")
struct JoinTokenTests {
  private let authority: CertificateAuthority
  private let issuer: JoinTokenIssuer
  private let clock = ManualClock(Timestamp(millisecondsSinceEpoch: 1_800_000_000_000))
  private let node: NodeName

  init() throws {
    authority = try CertificateAuthority.create()
    issuer = JoinTokenIssuer(authority: authority)
    node = try NodeName("edge-1")
  }

  private func bearer(lifetime: Duration = .seconds(3600), node: NodeName? = nil) throws -> String {
    try JoinTokenParts(parsing: issuer.mint(lifetime: lifetime, node: node, clock: clock)).bearer
  }

  private func verdict(_ bearer: String, for node: NodeName? = nil) -> JoinTokenError? {
    do {
      _ = try issuer.verify(bearer: bearer, for: node ?? self.node, now: clock.now())
      return nil
    } catch {
      return error
    }
  }

  @Test("a token has KubeEdge's shape: the CA's hash and a JWT, four parts in all")
  func shape() throws {
    let token = issuer.mint(lifetime: .seconds(60), clock: clock)
    #expect(token.split(separator: ".").count == 4)
    let parts = try JoinTokenParts(parsing: " \(token)\n")
    #expect(parts.certificateHash == authority.certificateHash)
    #expect(token == parts.certificateHash + "." + parts.bearer)
    #expect(parts.bearer.hasPrefix("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."))
    #expect(!"\(parts)".contains(parts.bearer))
  }

  @Test("a token is good until it expires, and not at that instant")
  func expiry() throws {
    let bearer = try bearer(lifetime: .seconds(60))
    let expiry = clock.now() + .seconds(60)
    clock.advance(by: .seconds(59))
    #expect(verdict(bearer) == nil)
    clock.advance(by: .seconds(1))
    #expect(verdict(bearer) == .expired(at: expiry))
  }

  @Test("a bound token is good for its node only")
  func binding() throws {
    let bearer = try bearer(node: node)
    #expect(verdict(bearer) == nil)
    #expect(verdict(bearer, for: try NodeName("edge-2")) == .wrongNode)
  }

  @Test("a token of another issuer is forged, expired or not")
  func forged() throws {
    let other = JoinTokenIssuer(authority: authority)
    for lifetime in [Duration.seconds(60), .seconds(-60)] {
      let token = try JoinTokenParts(parsing: other.mint(lifetime: lifetime, clock: clock))
      #expect(verdict(token.bearer) == .wrongSignature)
    }
  }

  @Test("no single changed character leaves a token good")
  func tampered() throws {
    let good = Array(try bearer().utf8)
    for index in good.indices {
      for replacement in [UInt8(ascii: "A"), UInt8(ascii: "b"), UInt8(ascii: "."), UInt8(ascii: "=")]
      where replacement != good[index] {
        var bytes = good
        bytes[index] = replacement
        #expect(verdict(String(decoding: bytes, as: UTF8.self)) != nil, "character \(index)")
      }
    }
  }

  @Test(
    "an algorithm other than HS256 is refused whatever the signature",
    arguments: [#"{"alg":"none"}"#, #"{"alg":"hs256"}"#, #"{"alg":"RS256"}"#, #"{"typ":"JWT"}"#, "[]", "{"])
  func algorithm(header: String) throws {
    let parts = try bearer().split(separator: ".")
    let encoded = Base64.encodeURLSafe(Array(header.utf8))
    #expect(verdict("\(encoded).\(parts[1]).\(parts[2])") == .wrongSignature)
    #expect(verdict("\(encoded).\(parts[1]).") == .wrongSignature)
  }

  @Test("what is no token is malformed", arguments: ["", ".", "a.b", "a.b.c.d", "....", "\u{0}.\u{0}.\u{0}"])
  func malformed(text: String) throws {
    #expect(verdict(text) == .malformed)
    #expect(throws: JoinTokenError.malformed) { try JoinTokenParts(parsing: text) }
    #expect(verdict(String(repeating: "a", count: 10_000)) == .malformed)
    let hash = authority.certificateHash
    #expect(throws: JoinTokenError.malformed) { try JoinTokenParts(parsing: "\(hash).a.b") }
    #expect(throws: JoinTokenError.malformed) { try JoinTokenParts(parsing: "\(hash).a.b\r\nX: y.c") }
    #expect(throws: JoinTokenError.malformed) { try JoinTokenParts(parsing: "abc.a.b.c") }
  }

  @Test("tokens outlive a restart, the secret is for the owner's eyes only and is not the CA's key")
  func persistence() async throws {
    try await withTemporaryDirectory { directory in
      let first = try JoinTokenIssuer.loadOrCreate(directory: directory, authority: authority)
      let second = try JoinTokenIssuer.loadOrCreate(directory: directory, authority: authority)
      let token = try JoinTokenParts(parsing: first.mint(lifetime: .seconds(60), clock: clock))
      _ = try second.verify(bearer: token.bearer, for: node, now: clock.now())
      #expect(try permissions(of: directory + "/join-token.key") == 0o600)
      try Data("short".utf8).write(to: URL(fileURLWithPath: directory + "/join-token.key"))
      #expect(throws: IdentityError.self) {
        try JoinTokenIssuer.loadOrCreate(directory: directory, authority: authority)
      }
    }
  }

  @Test("base64url decodes what it encodes and nothing else")
  func base64() {
    for count in 0..<40 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ 200) }
      #expect(Base64.decodeURLSafe(Base64.encodeURLSafe(bytes)) == bytes)
      let standard = Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
        .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
      #expect(Base64.encodeURLSafe(bytes) == standard)
    }
    for text in ["A", "AB", "AAB", "AA==", "A+A", "Ä"] { #expect(Base64.decodeURLSafe(text) == nil, "\(text)") }
  }
}
#endif
