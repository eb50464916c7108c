#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeIdentity
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Testing

@testable import EdgeControlPlane

@Suite("tokens of ServiceAccounts")
struct TokenRequestTests {
  private let cluster = Cluster()
  private let issuer = ServiceAccountTokenIssuer()

  private func ask(_ account: String, pod: String, uid: String, audiences: JSONValue = .null) async throws
    -> EdgeMessage
  {
    var handler = try EdgeNode("edge-1", of: cluster).handler
    handler.serviceAccountTokens = issuer
    let request: JSONValue = [
      "metadata": ["creationTimestamp": .null],
      "spec": [
        "audiences": audiences, "expirationSeconds": 3607,
        "boundObjectRef": ["kind": "Pod", "apiVersion": "v1", "name": .string(pod), "uid": .string(uid)],
      ], "status": ["token": "", "expirationTimestamp": .null],
    ]
    return try #require(
      await handler.handle(
        EdgeMessage(
          id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now(), source: "edged", group: "meta",
          operation: .query, resource: "default/serviceaccounttoken/\(account)", content: MessageContent(request))))
  }

  @Test("a pod of the node gets a token with the claims of Kubernetes; the question comes back as it was")
  func granted() async throws {
    let pod = try await cluster.create(Sample.pod("mine", node: "edge-1"))[0]
    let uid = try #require(pod.metadata.uid)
    let answer = try await ask("", pod: "mine", uid: uid)
    #expect(answer.operation == .response && answer.route.group == "resource")
    let content = try answer.content.value()
    #expect(content["spec"]?["audiences"] == .null && content["spec"]?["expirationSeconds"] == 3607)
    #expect(content["spec"]?["boundObjectRef"]?["uid"] == .string(uid))
    let token = try #require(content["status"]?["token"]?.stringValue)
    let parts = token.split(separator: ".").map(String.init)
    try #require(parts.count == 3)
    let header = try JSONValue(parsing: #require(Base64.decodeURLSafe(parts[0])))
    #expect(header["alg"] == "ES256")
    let claims = try JSONValue(parsing: #require(Base64.decodeURLSafe(parts[1])))
    #expect(claims["sub"] == "system:serviceaccount:default:default" && claims["aud"] == [.string(issuer.issuer)])
    #expect(claims["kubernetes.io"]?["pod"] == ["name": "mine", "uid": .string(uid)])
    let (issued, expiry) = (claims["iat"]?.integerValue ?? 0, claims["exp"]?.integerValue ?? 0)
    #expect(expiry - issued == 3607)
    let told = content["status"]?["expirationTimestamp"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
    #expect(told?.millisecondsSinceEpoch == expiry * 1000)
  }

  @Test("tokens of other nodes' pods, of other accounts, of pods that were replaced, and bound to nothing are errors")
  func refused() async throws {
    let pods = try await cluster.create(Sample.pod("mine", node: "edge-1"), Sample.pod("theirs", node: "edge-2"))
    let uids = pods.map { $0.metadata.uid ?? "" }
    for answer in [
      try await ask("default", pod: "theirs", uid: uids[1]), try await ask("default", pod: "mine", uid: "other"),
      try await ask("admin", pod: "mine", uid: uids[0]), try await ask("default", pod: "gone", uid: "x"),
      try await ask("default", pod: "", uid: ""),
    ] {
      // Anything else EdgeCore mounts as an empty token, and cannot unmount again.
      #expect(answer.operation == .error && answer.content.stringValue?.isEmpty == false)
    }
  }
}
#endif
