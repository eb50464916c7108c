#if Networking
import EdgePrimitives
import Foundation
import Testing

@testable import EdgeIdentity

@Suite("tokens of ServiceAccounts")
struct ServiceAccountTokenTests {
  @Test("the key stays over restarts, its public half lies beside it, and a damaged one is not replaced in silence")
  func storage() async throws {
    try await withTemporaryDirectory { directory in
      let first = try ServiceAccountTokenIssuer.loadOrCreate(directory: directory)
      let second = try ServiceAccountTokenIssuer.loadOrCreate(directory: directory, issuer: "https://other")
      #expect(first.publicKeyPEM == second.publicKeyPEM && second.issuer == "https://other")
      #expect(try permissions(of: directory + "/service-account.key") == 0o600)
      #expect(try DurableFile.read("\(directory)/service-account.pub") == Array(first.publicKeyPEM.utf8))
      try Data("nonsense".utf8).write(to: URL(fileURLWithPath: directory + "/service-account.key"))
      #expect(throws: IdentityError.self) { try ServiceAccountTokenIssuer.loadOrCreate(directory: directory) }
    }
  }

  @Test("openssl finds the signature of a token right by the public key, and that of a changed one wrong")
  func signature() async throws {
    try await withTemporaryDirectory { directory in
      let issuer = try ServiceAccountTokenIssuer.loadOrCreate(directory: directory)
      let token = try issuer.mint(
        for: .init(
          namespace: "n", serviceAccount: "s", serviceAccountUID: "u", pod: "p", podUID: "q", node: "edge-1"),
        audiences: ["a"], issuedAt: Timestamp(millisecondsSinceEpoch: 1000),
        expiresAt: Timestamp(millisecondsSinceEpoch: 3000), id: UniqueID(from: SystemEntropy()))
      let parts = token.split(separator: ".").map(String.init)
      try #require(parts.count == 3)
      let signature = try #require(Base64.decodeURLSafe(parts[2]))
      try #require(signature.count == 64)
      func integer(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var bytes = Array(bytes.drop { $0 == 0 })
        if (bytes.first ?? 0) >= 0x80 { bytes.insert(0, at: 0) }
        return [0x02, UInt8(bytes.count)] + bytes
      }
      let body = integer(signature[..<32]) + integer(signature[32...])
      try Data([0x30, UInt8(body.count)] + body).write(to: URL(fileURLWithPath: directory + "/signature"))
      for (text, isRight) in [("\(parts[0]).\(parts[1])", true), ("\(parts[0]).\(parts[1])x", false)] {
        try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/signed"))
        let run = try openssl(
          "dgst", "-sha256", "-verify", "service-account.pub", "-signature", "signature", "signed", in: directory)
        guard let run else { return }
        #expect((run.status == 0) == isRight, "\(run.output)")
      }
    }
  }
}
#endif
