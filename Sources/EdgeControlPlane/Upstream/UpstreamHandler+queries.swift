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
  /// Answers with the object when a pod of the node reads it. EdgeCore asks for each ConfigMap and Secret when it starts
  /// a pod; a refusal is content of the answer, as CloudCore has it.
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
      return answer(message, content: ["ErrStatus": error.status()])
    }
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

  /// EdgeCore's local API asks for any object of the cluster; this hub sends what a node needs by itself and serves no
  /// such requests, which is said at once, so that nobody waits ten seconds for it.
  func handleApplication(_ message: EdgeMessage) -> EdgeMessage? {
    if message.resource == "watchapp/sync" { return applicationResponse(message, [:]) }
    guard var application = (try? value(in: message))?.objectValue else { return nil }
    let error = APIError(.methodNotAllowed, "this hub serves no requests of the edge's metaserver")
    application["Status"] = "Rejected"
    application["Reason"] = .string(error.message)
    application["Error"] = ["ErrStatus": error.status()]
    var answer = applicationResponse(message, .object(application))
    answer.route.resource = "ignore/Application/ignore"
    return answer
  }

  private func applicationResponse(_ message: EdgeMessage, _ content: JSONValue) -> EdgeMessage {
    var answer = answer(message, content: content)
    answer.route.source = "dynamiccontroller"
    answer.route.operation = MessageOperation("applicationResponse")
    return answer
  }
}
#endif
