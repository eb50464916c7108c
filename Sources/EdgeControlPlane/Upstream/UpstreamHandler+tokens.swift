#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeIdentity
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Logging

extension UpstreamHandler {
  /// The account and its namespace when the message asks for a token; edged leaves the name out for the standard account.
  static func tokenRequest(_ message: EdgeMessage) -> (namespace: String, account: String)? {
    let parts = message.resource.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard message.operation == .query, parts.count == 3, parts[1] == "serviceaccounttoken", !parts[0].isEmpty else {
      return nil
    }
    return (parts[0], parts[2].isEmpty ? "default" : parts[2])
  }

  /// Answers with a token for a pod of the node that runs as the account: what a node may have at Kubernetes.
  ///
  /// The `spec` is answered as it was asked: EdgeCore finds the token in its cache, also without the cloud, by it.
  func answerTokenRequest(_ message: EdgeMessage, _ namespace: String, _ account: String) async -> EdgeMessage {
    do throws(APIError) {
      return answer(message, content: try await token(try value(in: message), namespace, account))
    } catch {
      logger.notice(
        "a token was refused",
        metadata: ["node": "\(node)", "account": "\(namespace)/\(account)", "error": "\(error)"])
      return failure(message, error.message)
    }
  }

  private func token(
    _ request: JSONValue, _ namespace: String, _ account: String
  ) async throws(APIError) -> JSONValue {
    guard let serviceAccountTokens else { throw APIError(.methodNotAllowed, "this hub issues no tokens") }
    let spec = request["spec"] ?? [:]
    guard let bound = spec["boundObjectRef"], bound["kind"]?.stringValue == "Pod",
      let name = bound["name"]?.stringValue
    else { throw APIError(.forbidden, "node \"\(node)\" gets tokens that are bound to its pods, and no others") }
    let pod = try await registry.get(ObjectKey(resource: .pods, namespace: namespace, name: name))
    try requireOwnPod(pod)
    guard let uid = pod.metadata.uid, bound["uid"]?.stringValue == uid else {
      throw APIError(.conflict, "the pod \"\(name)\" is another one by now")
    }
    guard pod["spec", "serviceAccountName"]?.stringValue ?? "default" == account else {
      throw APIError(.forbidden, "the pod \"\(name)\" does not run as \"\(account)\"")
    }
    let key = ObjectKey(
      resource: GroupResource(group: "", resource: "serviceaccounts"), namespace: namespace, name: account)
    var accountUID: String?
    do throws(APIError) {
      accountUID = try await registry.get(key).metadata.uid
    } catch {
      // Nobody makes the standard account of a namespace here.
      guard error.code == .notFound, account == "default" else { throw error }
    }
    let seconds = min(max(spec["expirationSeconds"]?.integerValue ?? 3600, 600), 86_400)
    let now = wallClock.now()
    let expiry = now + .seconds(seconds)
    let text: String
    do {
      text = try serviceAccountTokens.mint(
        for: .init(
          namespace: namespace, serviceAccount: account, serviceAccountUID: accountUID, pod: name, podUID: uid,
          node: node.rawValue),
        audiences: spec["audiences"]?.arrayValue?.compactMap(\.stringValue) ?? [], issuedAt: now, expiresAt: expiry,
        id: UniqueID(from: entropy))
    } catch {
      throw APIError(.internalError, "the token could not be signed", cause: error)
    }
    return [
      "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
      "metadata": [
        "name": .string(account), "namespace": .string(namespace), "creationTimestamp": .string(now.rfc3339),
      ],
      "spec": spec, "status": ["token": .string(text), "expirationTimestamp": .string(expiry.rfc3339)],
    ]
  }
}
#endif
