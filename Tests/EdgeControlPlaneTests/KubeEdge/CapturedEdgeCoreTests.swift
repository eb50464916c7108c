#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeTransport
import Testing

@testable import EdgeControlPlane

/// The session that a real EdgeCore had with a real CloudCore, with our hub in CloudCore's place.
@Suite("a captured EdgeCore at our hub")
struct CapturedEdgeCoreTests {
  private let cluster = Cluster()

  /// What the hub answers, and what the CloudCore answered at that place.
  private func same(_ answer: EdgeMessage?, _ name: String, _ request: EdgeMessage) throws {
    let captured = try Captured.message(name)
    let answer = try #require(answer)
    #expect(answer.route == captured.route, "\(name)")
    #expect(answer.parentID == request.id && captured.parentID == request.id, "\(name)")
    #expect(answer.header.type == captured.header.type && !answer.header.sync, "\(name)")
    #expect(answer.header.resourceVersion.isEmpty == captured.header.resourceVersion.isEmpty, "\(name)")
    let (ours, theirs) = (try answer.content.value(), try captured.content.value())
    if ours["Object"] == nil {
      #expect(ours["metadata"]?["name"] == theirs["metadata"]?["name"], "\(name)")
    } else {
      #expect(ours["Err"] == .null && theirs["Err"] == .null, "\(name)")
      #expect(ours["Object"]?["metadata"]?["name"] == theirs["Object"]?["metadata"]?["name"], "\(name)")
    }
  }

  @Test("it registers, though it does not say that what it sends is a Node, and its status and lease are kept")
  func registration() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    let insert = try Captured.message("015-up-edged-insert-null_node_edge_1")
    #expect(try insert.content.value()["kind"] == nil)
    try same(await edge.handler.handle(insert), "017-down-edgecontroller-response-null_node_edge_1", insert)
    let node = try await cluster.registry.get(Sample.key(.nodes, "edge-1", namespace: nil))
    #expect(node.kind == "Node" && node.apiVersion == "v1")
    #expect(node.metadata.labels["node-role.kubernetes.io/edge"] == "")
    #expect(node["status", "capacity", "cpu"] == "2")

    // The first patch of a kubelet is empty.
    let empty = try Captured.message("025-up-edged-patch-null_nodepatch_edge_1")
    try same(await edge.handler.handle(empty), "027-down-edgecontroller-response-null_nodepatch_edge_1", empty)
    let patch = try Captured.message("045-up-edged-patch-null_nodepatch_edge_1-2")
    #expect(try await edge.handler.handle(patch)?.content.value()["Err"] == .null)

    let update = try Captured.message("063-up-edged-update-kube_node_lease_lease_edge_1-2")
    #expect(try update.content.value()["kind"] == nil)
    // Before there is a lease, edged asks for it.
    let missing = try await edge.ask(.query, update.resource, .null)
    #expect(missing.refusalCode == 404 && missing["Object"] == .null)
    var insertLease = update
    insertLease.route.operation = .insert
    for message in [insertLease, update] {
      let answer = try #require(await edge.handler.handle(message))
      let content = try answer.content.value()
      #expect(content["Err"] == .null)
      #expect(content[path: ["Object", "spec", "renewTime"]] == "2026-11-22T12:32:30.705524Z")
      #expect(
        answer.form.hasPrefix(
          #"{"header":{"msg_id":"ID","parent_msg_id":"\#(update.id)","timestamp":0},"#
            + #""route":{"source":"edgecontroller","group":"resource","operation":"response","#
            + #""resource":"kube-node-lease/lease/edge-1"},"content":{"Object":{"#), "\(answer.form)")
    }
    let lease = try await cluster.registry.get(
      Sample.key(.leases, "edge-1", namespace: "kube-node-lease"))
    #expect(lease.kind == "Lease" && lease.apiVersion == "coordination.k8s.io/v1")
  }

  @Test("the status of its pods, its twins and the states of its devices are kept, and answered byte for byte")
  func reports() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    let pod = try await cluster.create(Sample.pod("p1", node: "edge-1"))[0]
    try await cluster.create(Sample.device("dev-1", node: "edge-1"))
    let patch = try Captured.message(
      "103-up-edged-patch-default_podpatch_p1",
      replacing: [("d1e804d7-7759-4dd8-9e53-2748d6134252", pod.metadata.uid ?? "")])
    try same(await edge.handler.handle(patch), "105-down-edgecontroller-response-default_podpatch_p1", patch)
    #expect(try await cluster.registry.get(Sample.key(.pods, "p1"))["status", "phase"] == "Pending")

    for name in [
      "159-up-twin-update-device_default_dev_1_twin_edge_updated-2",
      "169-up-twin-update-device_default_dev_1_state_update",
    ] {
      let report = try Captured.message(name)
      #expect(
        await edge.handler.handle(report)?.form
          == #"{"header":{"msg_id":"ID","parent_msg_id":"\#(report.id)","timestamp":0},"#
          + #""route":{"source":"devicecontroller","group":"twin","operation":"response","resource":"twin"},"#
          + #""content":"OK"}"#)
    }
    let status = try await cluster.registry.get(Sample.key(.deviceStatuses, "dev-1"))
    #expect(status["status", "state"] == "online")
  }

  @Test("what it only tells gets no answer: keepalives, acknowledgements, membership, uploads, its farewell")
  func unanswered() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    for name in [
      "005-up-twin-get-membership_detail", "007-up-websocket-keepalive-node", "101-up-ack-default_pod_p1",
      "013-up-ack-kube_node_lease_lease_edge_1", "179-up-bus-upload-default_user_test",
    ] { #expect(await edge.handler.handle(try Captured.message(name)) == nil, "\(name)") }
  }

  @Test("a watch of its metaserver is granted in the form of a CloudCore")
  func watch() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    let watch = try Captured.message("187-up-metaserver-null-null-2")
    let answer = try #require(await edge.handler.handle(watch))
    let theirs = try Captured.message("185-down-dynamiccontroller-applicationResponse-ignore_Application_ignore")
    #expect(answer.route == theirs.route)
    let content = try answer.content.value()
    #expect(content["Status"] == "Approved" && content["RespBody"]?.stringValue == "")
    #expect(content.objectValue?.keys == (try theirs.content.value()).objectValue?.keys)
    #expect(edge.handler.watches.matches(.services, Sample.service("web", selecting: "a")))
  }

  @Test("an event without its kind is kept")
  func events() async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    let event: JSONValue = [
      "metadata": ["name": "p1.17", "namespace": "default", "creationTimestamp": .null], "count": 1,
      "involvedObject": ["kind": "Pod", "namespace": "default", "name": "p1"], "reason": "Pulling", "type": "Normal",
    ]
    #expect(await edge.send(.insert, "default/event/p1.17", content: MessageContent(event)) == nil)
    #expect(try await cluster.registry.get(Sample.key(.events, "p1.17"))["count"] == 1)
    let patch: JSONValue = ["event": event, "patchData": #"{"count":2}"#]
    #expect(await edge.send(.patch, "default/event/p1.17", content: MessageContent(patch)) == nil)
    #expect(try await cluster.registry.get(Sample.key(.events, "p1.17"))["count"] == 2)
  }

  @Test(
    "a question that this hub cannot answer is refused at once with an error, the one answer that EdgeCore keeps nowhere",
    arguments: [
      "default/serviceaccounttoken/default", "default/persistentvolumeclaim/data", "null/persistentvolume/pv",
      "default/volumeattachment/va", "default/certificatesigningrequest/csr",
    ])
  func foreignQuestions(resource: String) async throws {
    let edge = try EdgeNode("edge-1", of: cluster)
    let answer = try #require(await edge.send(.query, resource, content: .null))
    #expect(answer.operation == .error && answer.content.stringValue?.isEmpty == false)
    #expect(answer.route.source == "edgecontroller" && answer.route.group == "resource" && answer.resource == resource)
  }

  @Test("the certificate of the API server is given as text, as CloudHub gives it; a hub without it says nothing")
  func clusterAuthority() async throws {
    var edge = try EdgeNode("edge-1", of: cluster).handler
    let question = EdgeMessage(
      header: MessageHeader(id: "q", timestampMilliseconds: 1),
      route: MessageRoute(source: "metamanager", group: "meta", operation: .query, resource: "k8s/ca.crt"),
      content: .null)
    #expect(await edge.handle(question) == nil)
    edge.clusterAuthorityPEM = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
    #expect(
      await edge.handle(question)?.form
        == #"{"header":{"msg_id":"ID","parent_msg_id":"q","timestamp":0},"#
        + #""route":{"source":"cloudhub","group":"resource","operation":"response","resource":"k8s/ca.crt"},"#
        + #""content":"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"}"#)
  }
}
#endif
