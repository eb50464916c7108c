#if Networking
import EdgeHTTP
import EdgeIdentity
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Synchronization
import Testing

@testable import EdgeControlPlane

@Suite("reports on node jobs")
struct NodeJobTests {
  private final class Taken: Sendable {
    let reports = Mutex<[NodeJobReport]>([])
    var all: [NodeJobReport] { reports.withLock { $0 } }
    var handler: NodeJobHandler { { report in self.reports.withLock { $0.append(report) } } }
  }

  private let taken = Taken()
  private let node: NodeName

  init() throws { node = try NodeName("edge-1") }

  private func send(_ json: String) async throws -> EdgeMessage? {
    var handler = try EdgeNode("edge-1", of: Cluster()).handler
    handler.nodeJobs = taken.handler
    return await handler.handle(try EdgeMessage(decoding: Array(json.utf8)))
  }

  @Test("a message about a job of either generation reaches the handler, and nothing is answered")
  func messages() async throws {
    let newer = #"""
      {"header":{"msg_id":"1","timestamp":1},"route":{"source":"websocket","group":"hub","operation":"UpdateNodeActionStatus",
      "resource":"operations.kubeedge.io/v1alpha2/nodeupgradejob/to-1-23/node/edge-1"},
      "content":{"action":"Upgrade","succ":false,"finishTime":"2026-11-25T10:00:00Z","reason":"no disk","extend":""}}
      """#
    let older = #"""
      {"header":{"msg_id":"2","timestamp":1},"route":{"source":"websocket","group":"hub","operation":"prepull",
      "resource":"task/7f/node/edge-1"},
      "content":{"NodeName":"edge-1","State":"","Event":"Pull","Action":"Success","Reason":"","Time":"","ExternalMessage":"[]"}}
      """#
    #expect(try await send(newer) == nil)
    #expect(try await send(older) == nil)
    let reports = taken.all
    try #require(reports.count == 2)
    #expect(reports[0].job == .job(type: "nodeupgradejob", name: "to-1-23") && reports[0].node == node)
    #expect(reports[0].action == "Upgrade" && reports[0].outcome == .failed && reports[0].reason == "no disk")
    #expect(reports[1].job == .task(type: "prepull", id: "7f"))
    #expect(reports[1].action == "Pull" && reports[1].outcome == .succeeded)
    #expect(reports[1].content["ExternalMessage"] == "[]")
  }

  @Test(
    "a malformed report, or one about another node, is dropped",
    arguments: [
      (#""operation":"upgrade","resource":"task/7f/node/edge-2""#, #"{"Event":"Upgrade","Action":"Success"}"#),
      (#""operation":"upgrade","resource":"task//node/edge-1""#, #"{"Event":"Upgrade","Action":"Success"}"#),
      (#""operation":"upgrade","resource":"task/7f/node/edge-1""#, #"{"Event":"Upgrade"}"#),
      (#""operation":"upgrade","resource":"task/7f""#, "null"),
      (#""operation":"UpdateNodeActionStatus","resource":"o/v1/nodeupgradejob/a/node/edge-1""#, #"{"action":"x"}"#),
      (#""operation":"UpdateNodeActionStatus","resource":"default/pod/p""#, "7"),
    ])
  func malformed(route: String, content: String) async throws {
    #expect(
      try await send(#"{"header":{"msg_id":"1","timestamp":1},"route":{"source":"x",\#(route)},"content":\#(content)}"#)
        == nil)
    #expect(taken.all.isEmpty)
  }

  // MARK: The routes of the bootstrap port

  private struct Answer: Equatable {
    let status: Int
    let text: String
  }

  private func post(_ path: String, _ body: String, as owner: String? = "edge-1", method: String = "POST") async throws
    -> Answer?
  {
    let authority = try CertificateAuthority.create(commonName: "test", clock: SystemWallClock())
    var peer: PeerCertificate?
    if let owner {
      let identity = try authority.issueClientCertificate(
        commonName: "system:node:\(owner)", organizations: ["system:nodes"], validity: .seconds(3600))
      peer = PeerCertificate(derBytes: try CertificateForm.der(pem: identity.certificatePEM))
    }
    let response = await NodeJobService(logger: quiet, handler: taken.handler).handle(
      HTTPServerRequest(method: method, target: path, body: Array(body.utf8), peer: peer))
    guard let response else { return nil }
    guard case .bytes(let bytes) = response.body else { return Answer(status: response.status, text: "") }
    return Answer(status: response.status, text: String(decoding: bytes, as: UTF8.self))
  }

  @Test("POST /task/... and POST /nodeupgrade reach the handler and are answered \"ok\"")
  func routes() async throws {
    let task =
      #"{"NodeName":"edge-1","State":"","Event":"Check","Action":"Failure","Reason":"old","Time":"","ExternalMessage":""}"#
    #expect(
      try await post("/task/upgrade/name/7f/node/edge-1/status", task) == Answer(status: 200, text: "ok"))
    let ends = [
      ("upgrade_success", "Upgrade", NodeJobReport.Outcome.succeeded),
      ("upgrade_failed_rollback_success", "Rollback", .succeeded),
      ("upgrade_failed_rollback_failed", "Rollback", .failed),
    ]
    for (status, _, _) in ends {
      let upgrade = #"""
        {"UpgradeID":"7f","HistoryID":"1","NodeName":"edge-1","FromVersion":"v1.22.0","ToVersion":"v1.23.0","Status":"\#(status)","Reason":"r"}
        """#
      #expect(try await post("/nodeupgrade", upgrade) == Answer(status: 200, text: "ok"))
    }
    let reports = taken.all
    try #require(reports.count == 4)
    #expect(reports.allSatisfy { $0.job == .task(type: "upgrade", id: "7f") && $0.node == node })
    #expect(reports[0].action == "Check" && reports[0].outcome == .failed && reports[0].reason == "old")
    for (report, end) in zip(reports.dropFirst(), ends) {
      #expect(report.action == end.1 && report.outcome == end.2 && report.reason == "r")
    }
  }

  @Test("a report of somebody else, without a certificate, or malformed is refused; other paths are not taken")
  func refusals() async throws {
    let task = #"{"Event":"Check","Action":"Success"}"#
    let path = "/task/upgrade/name/7f/node/edge-1/status"
    #expect(try await post(path, task, as: "edge-2")?.status == 403)
    #expect(try await post(path, task, as: nil)?.status == 401)
    #expect(try await post(path, task, method: "GET")?.status == 405)
    #expect(try await post(path, "no JSON")?.status == 400)
    #expect(try await post(path, "{}")?.status == 400)
    #expect(try await post("/task/upgrade/name/7f/node/No_Name/status", task)?.status == 400)
    #expect(try await post("/task/upgrade/name/7f", task)?.status == 404)
    #expect(try await post("/nodeupgrade", #"{"UpgradeID":"1","Status":"upgrade_success"}"#)?.status == 400)
    #expect(try await post("/nodeupgrade", #"{"NodeName":"edge-1","Status":"upgrade_success"}"#)?.status == 400)
    #expect(try await post("/ca.crt", "") == nil)
    #expect(try await post("/edge.crt", "") == nil)
    #expect(taken.all.isEmpty)
  }
}
#endif
