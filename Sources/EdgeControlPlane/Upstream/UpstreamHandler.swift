#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeAutonomyCache
import EdgeIdentity
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Logging
import Metrics

/// Takes what one node reports and writes it to the registry, within what that node may touch.
///
/// Answers have KubeEdge's forms: `{"Object": ..., "Err": null}` for edged's writes, the object itself for its queries or
/// an `error` (``failure(_:_:)``), `"OK"` for twins; what a CloudCore leaves without an answer gets none. A node reaches its own Node and Lease, the pods
/// bound to it, what those read, and the devices that name it; anything else is refused as forbidden.
struct UpstreamHandler: Sendable {
  let node: NodeName
  let registry: ObjectRegistry
  /// Tells what the node's pods read.
  let view: ClusterView
  let entropy: any EntropySource
  let wallClock: any WallClock
  let logger: Logger
  /// Takes what the node reports about upgrades and other jobs.
  var nodeJobs: NodeJobHandler?
  /// Of the API server.
  var clusterAuthorityPEM: String?
  /// Makes the tokens that pods mount.
  var serviceAccountTokens: ServiceAccountTokenIssuer?
  /// What clients of EdgeCore's MetaServer reach.
  var metaServer = MetaServerAccess.reads
  var watches = MetaServerWatches()
  /// Told of a resource of which the node watches more than before.
  var watched: @Sendable (GroupResource) -> Void = { _ in }

  /// The answer to send back; nil when the message wants none.
  func handle(_ message: EdgeMessage) async -> EdgeMessage? {
    // A stopping edgecore sends a message without any member before it hangs up.
    if message.operation == .keepalive || message.isAnswer || message.id.isEmpty { return nil }
    do throws(APIError) {
      switch message.route.source {
      case "twin": return try await handleTwin(message)
      case "metaserver": return await handleApplication(message)
      case "bus":
        logger.debug(
          "a message for a rule that is not here", metadata: ["node": "\(node)", "topic": "\(message.resource)"])
        Counter(label: "edge_hub_unrouted_messages_total").increment()
        return nil
      default: break
      }
      if message.resource == "k8s/ca.crt" { return answerClusterAuthority(message) }
      if let (namespace, account) = Self.tokenRequest(message) {
        return await answerTokenRequest(message, namespace, account)
      }
      if NodeJobReport.isReport(message) {
        await takeJobReport(message)
        return nil
      }
      guard let path = ResourcePath(message.resource), let name = path.name else { return unknown(message) }
      switch (path.type, message.operation) {
      case ("node", .insert): return answer(message, written: try await register(parsed(message, .nodes)))
      case ("node", .update): return try await relabel(name, as: parsed(message, .nodes), answering: message)
      case ("node", .query): return await answerNodeQuery(message, name)
      case ("nodepatch", .patch):
        return answer(message, changed: try await patchNode(name, patch: try patch(in: message)))
      case ("podpatch", .patch):
        return answer(message, changed: try await patchPod(path, name, patch: try patch(in: message)))
      case ("pod", .insert): return answer(message, changed: try await mirror(parsed(message, .pods), path, name))
      case ("pod", .delete):
        try await deletePod(path, name, message)
        return answer(message, .ok)
      case ("lease", .insert), ("lease", .update):
        return answer(message, written: try await renew(name, parsed(message, .leases)))
      case ("lease", .query): return answer(message, written: try await registry.get(leaseKey(try ownName(name))))
      case ("configmap", .query): return await answerQuery(message, .configMaps, path, name)
      case ("secret", .query): return await answerQuery(message, .secrets, path, name)
      case ("event", _):
        await record(message, path, name)
        return nil
      default: return unknown(message)
      }
    } catch {
      logger.notice(
        "a report was refused",
        metadata: ["node": "\(node)", "resource": "\(message.resource)", "error": "\(error)"])
      // A full disk of the cloud is no reason to lose what the node observed.
      if error.isRetryable || error.code == .insufficientStorage {
        return failure(message, error.message)
      }
      return answer(message, content: ["Object": .null, "Err": ["ErrStatus": error.status()]])
    }
  }

  // MARK: Forms

  /// The object that a message carries; edged leaves out what kind it is, the resource of the message tells.
  func parsed(_ message: EdgeMessage, _ resource: GroupResource) throws(APIError) -> UnstructuredObject {
    guard let type = ResourceCatalog.standard.type(for: resource) else {
      throw APIError(.badRequest, "there is no kind \(resource)")
    }
    let object: UnstructuredObject
    do {
      object = try UnstructuredObject(carried: message.content.payload, as: type)
    } catch {
      throw APIError(.badRequest, "the content of \(message.resource) is no object: \(error)")
    }
    // What says of itself neither its kind nor its name is more likely no object than one that leaves both out.
    guard object.content["metadata"]?.objectValue != nil, (object.content["status"] ?? [:]).objectValue != nil else {
      throw APIError(.badRequest, "the content of \(message.resource) has no metadata, or a status that is no object")
    }
    return object
  }

  func value(in message: EdgeMessage) throws(APIError) -> JSONValue {
    do {
      return try JSONValue(parsing: message.content.payload)
    } catch {
      throw APIError(.badRequest, "the content of \(message.resource) is not JSON: \(error)")
    }
  }

  func patch(in message: EdgeMessage) throws(APIError) -> JSONValue {
    let patch = try value(in: message)
    guard patch.objectValue != nil, (patch["status"] ?? [:]).objectValue != nil else {
      throw APIError(.badRequest, "a patch and the status in it must be JSON objects")
    }
    return patch
  }

  func unknown(_ message: EdgeMessage) -> EdgeMessage {
    logger.warning(
      "a message that nobody here understands",
      metadata: ["node": "\(node)", "source": "\(message.route.source)", "resource": "\(message.resource)"])
    let error = APIError(.methodNotAllowed, "\(message.operation) of \(message.resource) is not understood")
    if message.operation == .query { return failure(message, error.message) }
    return answer(message, content: ["Object": .null, "Err": ["ErrStatus": error.status()]])
  }

  /// The one answer that EdgeCore takes for an error whatever it asked, and keeps nowhere. The error of the API that a
  /// CloudCore answers to a query is to EdgeCore an object without members: a Node without a name, a token of no letters.
  func failure(_ message: EdgeMessage, _ text: String) -> EdgeMessage {
    var refusal = message.refusal(id: UniqueID(from: entropy), timestamp: wallClock.now(), text: text)
    // EdgeCore passes on nothing without a group, and whoever asked there would wait for a minute.
    refusal.route.source = "edgecontroller"
    refusal.route.group = "resource"
    return refusal
  }

  /// The answer to a write of edged.
  func answer(_ message: EdgeMessage, written object: UnstructuredObject) -> EdgeMessage {
    answer(message, content: ["Object": .object(object.content), "Err": .null])
  }

  /// The answer to a write of edged with the object's version in the header, which a CloudCore gives for patches and Pods.
  func answer(_ message: EdgeMessage, changed object: UnstructuredObject) -> EdgeMessage {
    var answer = answer(message, written: object)
    answer.header.resourceVersion = object.metadata.resourceVersion ?? ""
    return answer
  }

  /// The answer to a query of edged: the object, with its version in the header.
  func answer(_ message: EdgeMessage, queried object: UnstructuredObject) -> EdgeMessage {
    var answer = answer(message, content: .object(object.content))
    answer.header.resourceVersion = object.metadata.resourceVersion ?? ""
    return answer
  }

  func answer(_ message: EdgeMessage, content: JSONValue) -> EdgeMessage {
    answer(message, MessageContent(json: content.serialized()))
  }

  func answer(_ message: EdgeMessage, _ content: MessageContent) -> EdgeMessage {
    var answer = message.response(id: UniqueID(from: entropy), timestamp: wallClock.now(), content: content)
    answer.route.source = "edgecontroller"
    answer.route.group = "resource"
    return answer
  }
}
#endif
