#if Networking
import DeviceTwinKit
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Logging

/// Takes what one node reports and writes it to the registry, within what that node may touch.
///
/// Answers have KubeEdge's forms: `{"Object": ..., "Err": null}` for edged, `"OK"` for twins. A node reaches its own
/// Node and Lease, the pods bound to it and the devices that name it; anything else is refused as forbidden.
struct UpstreamHandler: Sendable {
  let node: NodeName
  let registry: ObjectRegistry
  let entropy: any EntropySource
  let wallClock: any WallClock
  let logger: Logger

  /// The answer to send back; nil when the message wants none.
  func handle(_ message: EdgeMessage) async -> EdgeMessage? {
    if message.operation == .keepalive || message.isAnswer { return nil }
    do throws(APIError) {
      if message.route.source == "twin" { return try await handleDevice(message) }
      guard let path = ResourcePath(message.resource), let name = path.name else { return unknown(message) }
      let object: UnstructuredObject
      switch (path.type, message.operation) {
      case ("node", .insert): object = try await register(parsed(message))
      case ("nodepatch", .patch): object = try await patchNode(name, patch: try patch(in: message))
      case ("podpatch", .patch): object = try await patchPod(path, name, patch: try patch(in: message))
      case ("pod", .delete): object = try await deletePod(path, name, options: try? value(in: message))
      case ("lease", .insert), ("lease", .update): object = try await renew(name, parsed(message))
      case ("lease", .query): object = try await registry.get(leaseKey(try ownName(name)))
      default: return unknown(message)
      }
      if path.type == "pod" { return answer(message, .ok) }
      return answer(message, content: ["Object": .object(object.content), "Err": .null])
    } catch {
      logger.notice(
        "a report was refused",
        metadata: ["node": "\(node)", "resource": "\(message.resource)", "error": "\(error)"])
      // A full disk of the cloud is no reason to lose what the node observed.
      if error.isRetryable || error.code == .insufficientStorage {
        return message.refusal(id: UniqueID(from: entropy), timestamp: wallClock.now(), text: error.message)
      }
      return answer(message, content: ["Object": .null, "Err": ["ErrStatus": error.status()]])
    }
  }

  // MARK: Node and lease

  private func register(_ proposed: UnstructuredObject) async throws(APIError) -> UnstructuredObject {
    // Whatever else bears the node's name (a Secret, a Pod) is not the node's to create.
    guard proposed.apiVersion == "v1", proposed.kind == "Node" else {
      throw APIError(.forbidden, "node \"\(node)\" may not register a \(proposed.apiVersion) \(proposed.kind)")
    }
    let name = try ownName(proposed.metadata.name ?? "")
    let key = ObjectKey(resource: .nodes, namespace: nil, name: name)
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
    // The node's own labels and annotations are merged; what people set in the cloud stays.
    let merged = try await registry.mutate(key) { (node) throws(APIError) in
      node.metadata.labels.merge(proposed.metadata.labels) { $1 }
      node.metadata.annotations.merge(proposed.metadata.annotations) { $1 }
      return true
    }
    return try await write(status: proposed["status"], to: merged)
  }

  private func write(status: JSONValue?, to node: UnstructuredObject) async throws(APIError) -> UnstructuredObject {
    guard let status, status.objectValue?.isEmpty == false else { return node }
    return try await registry.patch(node.registryKey, ["status": status], subresource: .status)
  }

  private func patchNode(_ name: String, patch: JSONValue) async throws(APIError) -> UnstructuredObject {
    let key = ObjectKey(resource: .nodes, namespace: nil, name: try ownName(name))
    return try await registry.patch(key, ["status": patch["status"] ?? [:]], subresource: .status)
  }

  private func renew(_ name: String, _ proposed: UnstructuredObject) async throws(APIError) -> UnstructuredObject {
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

  private func leaseKey(_ name: String) -> ObjectKey {
    ObjectKey(resource: .leases, namespace: "kube-node-lease", name: name)
  }

  private func ownName(_ name: String) throws(APIError) -> String {
    guard name == node.rawValue else {
      throw APIError(.forbidden, "node \"\(node)\" may not act for node \"\(name)\"")
    }
    return name
  }

  // MARK: Pods

  private func patchPod(_ path: ResourcePath, _ name: String, patch: JSONValue) async throws(APIError)
    -> UnstructuredObject
  {
    let key = ObjectKey(resource: .pods, namespace: path.namespace ?? "default", name: name)
    let uid = patch["metadata"]?["uid"]?.stringValue
    return try await registry.mutate(key, subresource: .status) { (pod) throws(APIError) in
      try requireOwnPod(pod)
      if let uid, uid != pod.metadata.uid {
        throw APIError(.conflict, "the pod \"\(name)\" has uid \(pod.metadata.uid ?? ""), the report is of \(uid)")
      }
      let merged = JSONMergePatch.apply(patch["status"] ?? [:], to: pod["status"] ?? [:])
      guard merged != pod["status"] else { return false }
      pod["status"] = merged
      return true
    }
  }

  private func deletePod(_ path: ResourcePath, _ name: String, options: JSONValue?) async throws(APIError)
    -> UnstructuredObject
  {
    let key = ObjectKey(resource: .pods, namespace: path.namespace ?? "default", name: name)
    do throws(APIError) {
      let pod = try await registry.get(key)
      try requireOwnPod(pod)
      let uid = options?["preconditions"]?["uid"]?.stringValue ?? pod.metadata.uid
      return try await registry.delete(key, preconditions: Preconditions(uid: uid), gracePeriodSeconds: 0)
    } catch {
      // Gone already, or another pod bears the name now: what the node wanted is true.
      if error.code == .notFound || error.code == .conflict {
        return UnstructuredObject(apiVersion: "v1", kind: "Pod", name: name)
      }
      throw error
    }
  }

  private func requireOwnPod(_ pod: UnstructuredObject) throws(APIError) {
    guard pod["spec", "nodeName"]?.stringValue == node.rawValue else {
      throw APIError(.forbidden, "the pod \"\(pod.metadata.name ?? "")\" is not bound to node \"\(node)\"")
    }
  }

  // MARK: Devices

  /// `device/<namespace>/<name>/twin/edge_updated` and `device/<namespace>/<name>/state/update`.
  private func handleDevice(_ message: EdgeMessage) async throws(APIError) -> EdgeMessage? {
    let parts = message.resource.split(separator: "/").map(String.init)
    guard parts.count == 5, parts[0] == "device" else { return unknown(message) }
    let device = try await registry.get(ObjectKey(resource: .devices, namespace: parts[1], name: parts[2]))
    guard device["spec", "nodeName"]?.stringValue == node.rawValue else {
      throw APIError(.forbidden, "the device \"\(parts[2])\" is not bound to node \"\(node)\"")
    }
    let content = try value(in: message)
    let writer = DeviceStatusWriter(registry: registry)
    switch "\(parts[3])/\(parts[4])" {
    case "twin/edge_updated":
      guard let report = TwinReport(edgeUpdatedContent: content) else {
        throw APIError(.badRequest, "the content of \(message.resource) is no twin document")
      }
      try await writer.write(twin: report, of: device)
    case "state/update":
      guard let report = DeviceStateReport(content: content) else {
        throw APIError(.badRequest, "the content of \(message.resource) is no state document")
      }
      try await writer.write(state: report, of: device)
    default: return unknown(message)
    }
    var answer = answer(message, .ok)
    answer.route.source = "devicecontroller"
    answer.route.group = "twin"
    answer.route.resource = "twin"
    return answer
  }

  // MARK: Forms

  private func parsed(_ message: EdgeMessage) throws(APIError) -> UnstructuredObject {
    do {
      return try UnstructuredObject(parsing: message.content.payload)
    } catch {
      throw APIError(.badRequest, "the content of \(message.resource) is no object: \(error)")
    }
  }

  private func value(in message: EdgeMessage) throws(APIError) -> JSONValue {
    do {
      return try JSONValue(parsing: message.content.payload)
    } catch {
      throw APIError(.badRequest, "the content of \(message.resource) is not JSON: \(error)")
    }
  }

  private func patch(in message: EdgeMessage) throws(APIError) -> JSONValue {
    let patch = try value(in: message)
    guard patch.objectValue != nil, (patch["status"] ?? [:]).objectValue != nil else {
      throw APIError(.badRequest, "a patch and the status in it must be JSON objects")
    }
    return patch
  }

  private func unknown(_ message: EdgeMessage) -> EdgeMessage {
    logger.warning(
      "a message that nobody here understands",
      metadata: ["node": "\(node)", "source": "\(message.route.source)", "resource": "\(message.resource)"])
    let error = APIError(.methodNotAllowed, "\(message.operation) of \(message.resource) is not understood")
    return answer(message, content: ["Object": .null, "Err": ["ErrStatus": error.status()]])
  }

  private func answer(_ message: EdgeMessage, content: JSONValue) -> EdgeMessage {
    answer(message, MessageContent(json: content.serialized()))
  }

  private func answer(_ message: EdgeMessage, _ content: MessageContent) -> EdgeMessage {
    var answer = message.response(id: UniqueID(from: entropy), timestamp: wallClock.now(), content: content)
    answer.route.source = "edgecontroller"
    answer.route.group = "resource"
    return answer
  }
}
#endif
