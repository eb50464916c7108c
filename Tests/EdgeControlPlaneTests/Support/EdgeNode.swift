#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeTransport

@testable import EdgeControlPlane

/// A node as the cloud sees it: nothing but the messages it sends, in KubeEdge's forms.
struct EdgeNode: Sendable {
  let handler: UpstreamHandler
  let name: String

  init(_ name: String, of cluster: Cluster) throws {
    self.name = name
    handler = UpstreamHandler(
      node: try NodeName(name), registry: cluster.registry, view: cluster.view, entropy: SystemEntropy(),
      wallClock: SystemWallClock(),
      logger: quiet)
  }

  func send(
    _ operation: MessageOperation, _ resource: String, source: String = "edged", content: MessageContent
  ) async -> EdgeMessage? {
    await handler.handle(
      EdgeMessage(
        id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now(), source: source, group: "meta",
        operation: operation, resource: resource, content: content))
  }

  /// The answer's content, parsed.
  func ask(
    _ operation: MessageOperation, _ resource: String, source: String = "edged", _ content: JSONValue
  ) async throws -> JSONValue {
    let answer = await send(operation, resource, source: source, content: MessageContent(json: content.serialized()))
    return try answer?.content.value() ?? .null
  }

  @discardableResult
  func register(_ node: UnstructuredObject? = nil) async throws -> JSONValue {
    try await ask(.insert, "null/node/\(name)", .object((node ?? Sample.node(name)).content))
  }

  @discardableResult
  func renewLease(seconds: Int64 = 40) async throws -> JSONValue {
    let lease: JSONValue = [
      "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": ["name": .string(name)],
      "spec": [
        "holderIdentity": .string(name), "leaseDurationSeconds": .integer(seconds),
        "renewTime": .string(SystemWallClock().now().rfc3339Micro),
      ],
    ]
    return try await ask(.update, "kube-node-lease/lease/\(name)", lease)
  }

  @discardableResult
  func reportRunning(_ pod: UnstructuredObject, ready: Bool = true, address: String = "10.0.0.1") async throws
    -> JSONValue
  {
    let patch: JSONValue = [
      "metadata": ["uid": .string(pod.metadata.uid ?? "")],
      "status": [
        "phase": "Running", "podIP": .string(address),
        "conditions": [["type": "Ready", "status": ready ? "True" : "False"]],
      ],
    ]
    return try await ask(.patch, "default/podpatch/\(pod.metadata.name ?? "")", patch)
  }

  @discardableResult
  func reportTerminated(_ pod: UnstructuredObject) async throws -> JSONValue {
    try await ask(
      .delete, "default/pod/\(pod.metadata.name ?? "")",
      ["gracePeriodSeconds": 0, "preconditions": ["uid": .string(pod.metadata.uid ?? "")]])
  }
}

extension JSONValue {
  /// The code of the refusal in an answer to edged.
  var refusalCode: Int64? { self[path: ["Err", "ErrStatus", "code"]]?.integerValue }
}
#endif
