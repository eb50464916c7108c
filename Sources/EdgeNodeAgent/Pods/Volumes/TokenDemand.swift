import EdgeAPIModels
import EdgeJSON

/// A token of a ServiceAccount that one pod wants to have in one of its volumes; it is bound to the pod.
struct TokenDemand: Hashable, Sendable {
  var namespace: String
  var serviceAccount: String
  var podName: String
  var podUID: String
  /// The API server's own when nil.
  var audience: String?
  var expirationSeconds: Int64

  /// - Parameter source: `serviceAccountToken` of a projected volume.
  init(_ source: JSONValue, pod: UnstructuredObject) {
    namespace = pod.metadata.namespace ?? "default"
    serviceAccount = pod["spec", "serviceAccountName"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 } ?? "default"
    podName = pod.metadata.name ?? ""
    podUID = pod.metadata.uid ?? ""
    audience = source["audience"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    expirationSeconds = source["expirationSeconds"]?.integerValue ?? 3600
  }

  /// `TokenRequest` of authentication.k8s.io/v1.
  var request: JSONValue {
    [
      "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
      "metadata": ["name": .string(serviceAccount), "namespace": .string(namespace)],
      "spec": [
        "audiences": audience.map { [.string($0)] } ?? .null, "expirationSeconds": .integer(expirationSeconds),
        "boundObjectRef": [
          "kind": "Pod", "apiVersion": "v1", "name": .string(podName), "uid": .string(podUID),
        ],
      ],
    ]
  }

  var resource: String { "\(namespace)/serviceaccounttoken/\(serviceAccount)" }
}
