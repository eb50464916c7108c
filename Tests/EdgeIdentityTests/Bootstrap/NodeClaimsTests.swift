#if Networking
@testable import EdgeIdentity
import EdgePrimitives
import Foundation
import Testing

@Suite("Claims on node names")
struct NodeClaimsTests {
  private let node: NodeName

  init() throws { node = try NodeName("edge-1") }

  private func claim(_ key: String, _ evidence: NodeClaim.Evidence) -> NodeClaim {
    NodeClaim(node: node, publicKeyFingerprint: key, evidence: evidence)
  }

  private func isGranted(_ decision: ClaimDecision) -> Bool { decision == .granted }

  @Test("a new name is free, its key may ask again, another key needs a bound token or the holder's certificate")
  func rule() async {
    let claims = ClaimLog()
    #expect(await claims.isKnown(node) == false)
    #expect(await claims.claim(claim("a", .certificate(publicKeyFingerprint: "a"))) != .granted)
    #expect(await claims.claim(claim("a", .token)) == .granted)
    #expect(await claims.isKnown(node))
    #expect(await claims.claim(claim("a", .token)) == .granted)
    #expect(
      await claims.claim(claim("b", .token))
        == .refused(reason: "the name edge-1 is taken by a node with another key; it needs a token bound to the name"))
    #expect(await claims.claim(claim("b", .tokenBoundToNode)) == .granted)
    #expect(await claims.claim(claim("a", .token)) != .granted)
    #expect(await claims.claim(claim("c", .certificate(publicKeyFingerprint: "b"))) == .granted)
  }

  @Test("a rotation whose answer was lost can be repeated with the old certificate, an older one cannot come back")
  func lostAnswer() async {
    let claims = ClaimLog()
    #expect(await claims.claim(claim("a", .token)) == .granted)
    #expect(await claims.claim(claim("b", .certificate(publicKeyFingerprint: "a"))) == .granted)
    #expect(await claims.claim(claim("c", .certificate(publicKeyFingerprint: "a"))) == .granted)
    #expect(await claims.claim(claim("d", .certificate(publicKeyFingerprint: "c"))) == .granted)
    #expect(
      await claims.claim(claim("e", .certificate(publicKeyFingerprint: "a")))
        == .refused(reason: "the certificate of node edge-1 has been superseded"))
  }

  @Test("claims outlive a restart, a torn last line is cut off, and the file does not grow for ever")
  func persistence() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/node-claims"
      let first = try ClaimLog(directory: directory)
      #expect(await first.claim(claim("k0", .token)) == .granted)
      for number in 1...50 {
        let old = NodeClaim.Evidence.certificate(publicKeyFingerprint: "k\(number - 1)")
        #expect(await first.claim(claim("k\(number)", old)) == .granted)
      }
      let handle = try #require(FileHandle(forWritingAtPath: path))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data("edge-1 torn".utf8))
      try handle.close()
      let second = try ClaimLog(directory: directory)
      #expect(await second.claim(claim("k50", .token)) == .granted)
      #expect(await second.claim(claim("torn", .token)) != .granted)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "edge-1 k50 k49\n")
      try Data("not a claim at all\n".utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: IdentityError.self) { try ClaimLog(directory: directory) }
    }
  }

  @Test("the name of a deleted node is for the first who shows a token; until then the old node may rotate")
  func release() async throws {
    try await withTemporaryDirectory { directory in
      let first = try ClaimLog(directory: directory)
      await first.release(node)
      #expect(await first.claim(claim("a", .token)) == .granted)
      await first.release(node)
      let second = try ClaimLog(directory: directory)
      #expect(await second.isKnown(node))
      #expect(await second.claim(claim("b", .certificate(publicKeyFingerprint: "a"))) == .granted)
      #expect(await second.claim(claim("c", .token)) != .granted)
      await second.release(node)
      #expect(await second.claim(claim("c", .token)) == .granted)
      #expect(await second.claim(claim("b", .token)) != .granted)
      #expect(await second.claim(claim("d", .certificate(publicKeyFingerprint: "b"))) != .granted)
      #expect(await (try ClaimLog(directory: directory)).claim(claim("d", .token)) != .granted)
    }
  }

  @Test("of two strangers who claim one new name at once, one gets it")
  func race() async {
    let claims = ClaimLog()
    let granted = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<20 {
        group.addTask { isGranted(await claims.claim(claim("key-\(number)", .token))) }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(granted == 1)
  }

  @Test("failures block an address for the rest of the window, others go on, and the table stays bounded")
  func limiter() {
    var limiter = FailureLimiter(maximumFailures: 3, window: .seconds(60), maximumAddresses: 100)
    let start = Timestamp(millisecondsSinceEpoch: 1_000_000)
    for _ in 0..<3 {
      #expect(!limiter.isBlocked("192.0.2.1", now: start))
      limiter.recordFailure("192.0.2.1", now: start)
    }
    #expect(limiter.isBlocked("192.0.2.1", now: start + .seconds(59)))
    #expect(!limiter.isBlocked("192.0.2.2", now: start))
    #expect(!limiter.isBlocked("192.0.2.1", now: start + .seconds(60)))
    #expect(!limiter.isBlocked("192.0.2.1", now: start + .seconds(-60)))
    for number in 0..<1000 { limiter.recordFailure("host-\(number)", now: start + .milliseconds(number)) }
    #expect(limiter.addressCount == 100)
  }
}
#endif
