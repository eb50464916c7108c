#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Logging

extension UpstreamHandler {
  func register(_ proposed: UnstructuredObject) async throws(APIError) -> UnstructuredObject {
    // Whatever else bears the node's name (a Secret, a Pod) is not the node's to create.
    guard proposed.apiVersion == "v1", proposed.kind == "Node" else {
      throw APIError(.forbidden, "node \"\(node)\" may not register a \(proposed.apiVersion) \(proposed.kind)")
    }
    let name = try ownName(proposed.metadata.name ?? "")
    let key = nodeKey(name)
    do throws(APIError) {
      var node = proposed
      node.metadata.uid = nil
      node.metadata.resourceVersion = nil
      let created = try await registry.create(node)
      logger.notice("a node has registered", metadata: ["node": "\(name)"])
      return try await write(status: proposed["status"], to: created)
    } catch {
      guard error.code == .alreadyExists else { throw error }
    }
    return try await write(status: proposed["status"], to: mergeMetadata(of: proposed, into: key))
  }

  /// The node's own labels and annotations are merged; what people set in the cloud stays.
  private func mergeMetadata(of proposed: UnstructuredObject, into key: ObjectKey) async throws(APIError)
    -> UnstructuredObject
  {
    try await registry.mutate(key) { (node) throws(APIError) in
      node.metadata.labels.merge(proposed.metadata.labels) { $1 }
      node.metadata.annotations.merge(proposed.metadata.annotations) { $1 }
      return true
    }
  }

  func answerNodeQuery(_ message: EdgeMessage, _ name: String) async -> EdgeMessage {
    do throws(APIError) {
      return answer(message, queried: try await registry.get(nodeKey(try ownName(name))))
    } catch {
      return failure(message, error.message)
    }
  }

  func relabel(
    _ name: String, as proposed: UnstructuredObject, answering message: EdgeMessage
  ) async throws(APIError) -> EdgeMessage {
    _ = try await mergeMetadata(of: proposed, into: nodeKey(try ownName(name)))
    return answer(message, .ok)
  }

  private func write(status: JSONValue?, to node: UnstructuredObject) async throws(APIError) -> UnstructuredObject {
    guard let status, status.objectValue?.isEmpty == false else { return node }
    return try await registry.patch(node.registryKey, ["status": status], subresource: .status)
  }

  func patchNode(_ name: String, patch: JSONValue) async throws(APIError) -> UnstructuredObject {
    let key = nodeKey(try ownName(name))
    return try await registry.patch(key, .strategic(["status": patch["status"] ?? [:]]), subresource: .status)
  }

  func renew(_ name: String, _ proposed: UnstructuredObject) async throws(APIError) -> UnstructuredObject {
    let key = leaseKey(try ownName(name))
    do throws(APIError) {
      return try await registry.mutate(key) { (lease) throws(APIError) in
        lease["spec"] = proposed["spec"]
        return true
      }
    } catch {
      guard error.code == .notFound else { throw error }
    }
    var lease = UnstructuredObject(
      apiVersion: "coordination.k8s.io/v1", kind: "Lease", name: key.name, namespace: key.namespace)
    lease["spec"] = proposed["spec"]
    return try await registry.create(lease)
  }

  func nodeKey(_ name: String) -> ObjectKey { ObjectKey(resource: .nodes, namespace: nil, name: name) }

  func leaseKey(_ name: String) -> ObjectKey {
    ObjectKey(resource: .leases, namespace: "kube-node-lease", name: name)
  }

  func ownName(_ name: String) throws(APIError) -> String {
    guard name == node.rawValue else {
      throw APIError(.forbidden, "node \"\(node)\" may not act for node \"\(name)\"")
    }
    return name
  }
}
#endif
