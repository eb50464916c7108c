#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeTransport

extension UpstreamHandler {
  private static let podSchema = TypeSchema(GroupVersionKind(group: "", version: "v1", kind: "Pod"))

  func patchPod(_ path: ResourcePath, _ name: String, patch: JSONValue) async throws(APIError)
    -> UnstructuredObject
  {
    let key = ObjectKey(resource: .pods, namespace: path.namespace ?? "default", name: name)
    let uid = patch["metadata"]?["uid"]?.stringValue
    return try await registry.mutate(key, subresource: .status) { (pod) throws(APIError) in
      try requireOwnPod(pod)
      if let uid, uid != pod.metadata.uid {
        throw APIError(.conflict, "the pod \"\(name)\" has uid \(pod.metadata.uid ?? ""), the report is of \(uid)")
      }
      let status: JSONValue = ["status": patch["status"] ?? [:]]
      let merged = try ObjectPatch.strategic(status).applied(to: .object(pod.content), schema: Self.podSchema)
      guard merged["status"] != pod["status"] else { return false }
      pod["status"] = merged["status"]
      return true
    }
  }

  /// Shows a pod that the node runs by itself (a static pod) in the cloud. Such a pod is told again at every start.
  func mirror(
    _ proposed: UnstructuredObject, _ path: ResourcePath, _ name: String
  ) async throws(APIError) -> UnstructuredObject {
    guard proposed.apiVersion == "v1", proposed.kind == "Pod", proposed.metadata.name == name,
      proposed.metadata.namespace == path.namespace
    else { throw APIError(.badRequest, "the content is not the pod \(path)") }
    try requireOwnPod(proposed)
    guard proposed.metadata.annotations["kubernetes.io/config.mirror"] != nil else {
      throw APIError(.forbidden, "node \"\(node)\" can only create mirror pods")
    }
    var pod = proposed
    pod.metadata.uid = nil
    pod.metadata.resourceVersion = nil
    return try await registry.create(pod)
  }

  /// - Parameter message: carries DeleteOptions; of an old EdgeCore, the pod's uid.
  func deletePod(_ path: ResourcePath, _ name: String, _ message: EdgeMessage) async throws(APIError) {
    let key = ObjectKey(resource: .pods, namespace: path.namespace ?? "default", name: name)
    do throws(APIError) {
      let pod = try await registry.get(key)
      try requireOwnPod(pod)
      let options = try? value(in: message)
      let uid =
        options?["preconditions"]?["uid"]?.stringValue ?? (options == nil ? message.content.stringValue : nil)
        ?? pod.metadata.uid
      try await registry.delete(key, preconditions: Preconditions(uid: uid), gracePeriodSeconds: 0)
    } catch {
      // Gone already, or another pod bears the name now: what the node wanted is true.
      if error.code != .notFound && error.code != .conflict { throw error }
    }
  }

  func requireOwnPod(_ pod: UnstructuredObject) throws(APIError) {
    guard pod["spec", "nodeName"]?.stringValue == node.rawValue else {
      throw APIError(.forbidden, "the pod \"\(pod.metadata.name ?? "")\" is not bound to node \"\(node)\"")
    }
  }
}
#endif
