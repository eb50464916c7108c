#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Logging
import Metrics

extension UpstreamHandler {
  /// Answers with the object when a pod of the node reads it. EdgeCore asks for each ConfigMap and Secret that it does not
  /// hold when it starts a pod.
  ///
  /// What a CloudCore answers when there is none (`{"ErrStatus": ...}`) EdgeCore keeps, and mounts, as an empty object. So it
  /// gets that only for what its pods may go without; for the rest an error, which it tells its pod's events and repeats.
  func answerQuery(
    _ message: EdgeMessage, _ resource: GroupResource, _ path: ResourcePath, _ name: String
  ) async -> EdgeMessage {
    let key = ObjectKey(resource: resource, namespace: path.namespace ?? "default", name: name)
    do throws(APIError) {
      let object = try await registry.get(key)
      guard NodeDemand(node: node, view: view).demands(key, object) else {
        throw APIError(.forbidden, "no pod of node \"\(node)\" reads \(key)")
      }
      return answer(message, queried: object)
    } catch {
      logger.notice(
        "a query was refused", metadata: ["node": "\(node)", "object": "\(key)", "error": "\(error)"])
      guard error.code == .notFound, isOptional(key) else { return failure(message, error.message) }
      return answer(message, content: ["ErrStatus": error.status()])
    }
  }

  /// Whether pods of the node read it and all of them may go without.
  private func isOptional(_ key: ObjectKey) -> Bool {
    let readers = view.objects(of: .pods, namespace: key.namespace).filter { pod in
      pod["spec", "nodeName"]?.stringValue == node.rawValue && pod.references.contains(key)
    }
    return !readers.isEmpty && readers.allSatisfy { !$0.requires(key) }
  }

  /// The certificate with which EdgeCore's local API checks the tokens of its clients; a CloudCore answers as CloudHub. A hub
  /// that has none says nothing: EdgeCore would write down whatever came as that certificate, and asks again by itself.
  func answerClusterAuthority(_ message: EdgeMessage) -> EdgeMessage? {
    guard let clusterAuthorityPEM else {
      logger.warning(
        "a node asks for the certificate of the API server, which this hub was not given",
        metadata: ["node": "\(node)"])
      return nil
    }
    var answer = answer(message, MessageContent(text: clusterAuthorityPEM))
    answer.route.source = "cloudhub"
    return answer
  }

  /// Keeps an event that edged reports; nothing is answered, as nobody waits for it.
  ///
  /// A `patch` of EdgeCore carries the event as it was beside the patch: it raises the count of one that is here.
  func record(_ message: EdgeMessage, _ path: ResourcePath, _ name: String) async {
    do throws(APIError) {
      let content = try value(in: message)
      let reported = content["event"] ?? content
      guard let type = ResourceCatalog.standard.type(for: .events),
        let event = try? UnstructuredObject(carried: reported, as: type), event.kind == "Event"
      else { throw APIError(.badRequest, "the content of \(message.resource) is no Event") }
      let key = ObjectKey(
        resource: .events, namespace: event.metadata.namespace ?? path.namespace ?? "default", name: name)
      if let text = content["patchData"]?.stringValue, let patch = try? JSONValue(parsing: Array(text.utf8)) {
        _ = try await registry.patch(key, .strategic(patch))
      } else if message.operation == .update {
        _ = try await registry.mutate(key) { (stored) throws(APIError) in
          for member in ["count", "lastTimestamp", "series", "message"] { stored[member] = event[member] }
          return true
        }
      } else {
        var fresh = event
        fresh.metadata.resourceVersion = nil
        fresh.metadata.uid = nil
        _ = try await registry.create(fresh)
      }
    } catch {
      Counter(label: "edge_hub_refused_events_total").increment()
      logger.debug(
        "an event was refused", metadata: ["node": "\(node)", "resource": "\(message.resource)", "error": "\(error)"])
    }
  }
}
#endif
