#if Networking
import EdgeHTTP
import EdgeIdentity
import EdgeJSON
import EdgePrimitives
import Logging

/// The routes of KubeEdge's bootstrap port on which nodes report about their jobs, beside the messages of the hub.
///
/// | route | body |
/// |---|---|
/// | `POST /nodeupgrade` | `NodeUpgradeJobResponse` |
/// | `POST /task/<type>/name/<id>/node/<node>/status` | `NodeTaskResponse` |
///
/// Both answer `ok` when the handler has taken the report. Unlike KubeEdge's, they want the node's own certificate: what is
/// reported here decides what becomes of a job on many nodes.
public struct NodeJobService: Sendable {
  private let handler: NodeJobHandler
  private let logger: Logger

  public init(logger: Logger, handler: @escaping NodeJobHandler) {
    self.logger = logger
    self.handler = handler
  }

  private struct Refusal: Error {
    let status: Int
    let reason: String
  }

  /// The answer to a request; nil when its path is none of these routes, and somebody else's to answer.
  public func handle(_ request: HTTPServerRequest) async -> HTTPServerResponse? {
    let parts = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
      PercentEncoding.decodedSegment($0)
    }
    guard parts == ["nodeupgrade"] || parts.first == "task" else { return nil }
    do throws(Refusal) {
      let report = try report(in: request, parts)
      await handler(report)
      return .text(200, "ok")
    } catch {
      logger.warning(
        "a report on a job was refused",
        metadata: [
          "path": "\(request.path.prefix(200))", "status": "\(error.status)", "reason": "\(error.reason)",
          "address": "\(request.remoteAddress)",
        ])
      var response = HTTPServerResponse.text(error.status, error.reason + "\n")
      if error.status == 405 { response.headers.append(("Allow", "POST")) }
      return response
    }
  }

  private func report(in request: HTTPServerRequest, _ parts: [String]) throws(Refusal) -> NodeJobReport {
    let isUpgrade = parts.count == 1
    guard isUpgrade || (parts.count == 7 && parts[2] == "name" && parts[4] == "node" && parts[6] == "status") else {
      throw Refusal(status: 404, reason: "no such resource")
    }
    guard request.method == "POST" else { throw Refusal(status: 405, reason: "method not allowed") }
    guard let peer = request.peer else { throw Refusal(status: 401, reason: "a client certificate is needed") }
    guard let content = try? JSONValue(parsing: request.body) else {
      throw Refusal(status: 400, reason: "the body is not JSON")
    }
    let name = isUpgrade ? content["NodeName"]?.stringValue ?? "" : parts[5]
    guard let node = try? NodeName(name) else { throw Refusal(status: 400, reason: "the report names no node") }
    guard (try? PeerIdentity(der: peer.derBytes))?.nodeName == node else {
      throw Refusal(status: 403, reason: "the client certificate is not for this node")
    }
    do throws(NodeJobReport.Malformed) {
      return isUpgrade
        ? try NodeJobReport(upgrade: content, from: node)
        : try NodeJobReport(task: content, .task(type: parts[1], id: parts[3]), node)
    } catch {
      throw Refusal(status: 400, reason: error.description)
    }
  }
}
#endif
