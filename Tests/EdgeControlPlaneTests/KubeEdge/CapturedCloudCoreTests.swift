#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeStore
import EdgeTransport
import EdgeTransportOutbox
import Testing

@testable import EdgeControlPlane
@testable import EdgeNodeAgent

/// What a real CloudCore sends, with our node in EdgeCore's place.
@Suite("a captured CloudCore and our node", .timeLimit(.minutes(1)))
struct CapturedCloudCoreTests {
  private func acknowledgement(of message: EdgeMessage) -> String {
    #"{"header":{"msg_id":"ID","parent_msg_id":"\#(message.id)","timestamp":0},"#
      + #""route":{"source":"\#(message.route.source)","group":"resource","operation":"response","#
      + #""resource":"\#(message.resource)"},"content":"OK"}"#
  }

  @Test("objects are taken in, with their kind or without, and acknowledged with the bytes of an EdgeCore")
  func objects() async throws {
    try await withCloudCore { cloud in
      // CloudHub sends the next one when the last is acknowledged.
      for name in [
        "029-down-edgecontroller-update-null_node_edge_1-2", "129-down-edgecontroller-update-default_configmap_cm1",
        "141-down-devicecontroller-insert-default_devicemodel_temp_model",
      ] {
        let message = try Captured.message(name)
        try await cloud.send(message)
        #expect(try await cloud.next().form == acknowledgement(of: message), "\(name)")
      }
      #expect(
        acknowledgement(of: try Captured.message("119-down-edgecontroller-update-default_pod_p1"))
          == (try Captured.message("101-up-ack-default_pod_p1")).form.replacing(
            "818df96b-675a-46d3-bcb1-3270748130ac", with: "6af55ded-bf30-4d7d-b39c-a6771b75049c"))
      #expect(cloud.node.cache.object(Sample.key(.nodes, "edge-1", namespace: nil))?.kind == "Node")
      #expect(cloud.node.cache.object(Sample.key(.configMaps, "cm1"))?.kind == "ConfigMap")
      #expect(cloud.node.cache.object(Sample.key(.deviceModels, "temp-model"))?.kind == "DeviceModel")
      // It has shown itself by sending objects before any comparison.
      #expect(await cloud.node.caughtUp.next() == [false])
    }
  }

  @Test(
    "a Pod is taken in, the ConfigMap and the Secret that it reads are asked for in EdgeCore's words, their answers are acknowledged; then it goes"
  )
  func pods() async throws {
    try await withCloudCore { cloud in
      let pod = try Captured.message("119-down-edgecontroller-update-default_pod_p1")
      #expect(try pod.content.value()["kind"] == nil)
      try await cloud.send(pod)
      var questions: [String: EdgeMessage] = [:]
      var isAcknowledged = false
      while questions.count < 2 || !isAcknowledged {
        let message = try await cloud.next()
        if message.operation == .query {
          questions[message.resource] = message
        } else {
          #expect(message.form == acknowledgement(of: pod))
          isAcknowledged = true
        }
      }
      let stored = try #require(cloud.node.cache.object(Sample.key(.pods, "p1")))
      #expect(stored.kind == "Pod" && stored.apiVersion == "v1" && stored["spec", "nodeName"] == "edge-1")
      for (type, name, answer, parent) in [
        (
          "configmap", "cm1", "109-down-edgecontroller-response-default_configmap_cm1",
          "71d688cc-1e3c-4f59-a92a-f7d2d4eb5b5f"
        ),
        ("secret", "s1", "115-down-edgecontroller-response-default_secret_s1", nil),
      ] {
        let question = try #require(questions["default/\(type)/\(name)"])
        #expect(
          question.form
            == #"{"header":{"msg_id":"ID","timestamp":0},"route":{"source":"edged","group":"meta","#
            + #""operation":"query","resource":"default/\#(type)/\#(name)"},"content":null}"#)
        var response = try Captured.message(answer)
        if let parent { #expect(response.parentID == parent) }
        response.header.parentID = question.id
        try await cloud.send(response)
        #expect(try await cloud.next().form == acknowledgement(of: response))
      }
      #expect(cloud.node.cache.object(Sample.key(.configMaps, "cm1"))?["data", "k"]?.stringValue == "v <&> é")
      #expect(cloud.node.cache.object(Sample.key(.secrets, "s1")) != nil)

      let deletion = try Captured.message("229-down-edgecontroller-delete-default_pod_p1")
      try await cloud.send(deletion)
      #expect(try await cloud.next().form == acknowledgement(of: deletion))
      #expect(cloud.node.cache.object(Sample.key(.pods, "p1")) == nil)
    }
  }

  @Test("what the cloud does not have is asked for again, and nothing is acknowledged")
  func missing() async throws {
    try await withCloudCore { cloud in
      let pod = try Captured.message("119-down-edgecontroller-update-default_pod_p1")
      try await cloud.send(pod)
      var asked = 0
      while asked < 4 {
        let message = try await cloud.next()
        guard message.operation == .query else {
          #expect(message.parentID == pod.id)
          continue
        }
        asked += 1
        var answer = message.response(
          id: UniqueID(from: SystemEntropy()), timestamp: SystemWallClock().now(),
          content: MessageContent(["ErrStatus": ["code": 404, "message": "configmap not found"]]))
        answer.route.source = "edgecontroller"
        answer.route.group = "resource"
        try await cloud.send(answer)
      }
    }
  }

  @Test("an object of a kind that means nothing here is acknowledged: CloudHub would send nothing else until then")
  func foreignKinds() async throws {
    try await withCloudCore { cloud in
      for (operation, resource) in [
        (MessageOperation.insert, "default/serviceaccountaccess/reader"), (.update, "default/gizmo/g"),
        (.delete, "null/gizmo/g"),
      ] {
        let message = EdgeMessage(
          header: MessageHeader(id: "foreign", timestampMilliseconds: 1, resourceVersion: "7"),
          route: MessageRoute(
            source: "policycontroller", group: "resource", operation: operation, resource: resource),
          content: MessageContent(["metadata": ["name": "reader"]]))
        try await cloud.send(message)
        #expect(try await cloud.next().form == acknowledgement(of: message))
      }
      // Membership goes to the twins of an EdgeCore; nobody waits for its acknowledgement.
      try await cloud.send(
        EdgeMessage(
          header: MessageHeader(id: "m", timestampMilliseconds: 1),
          route: MessageRoute(
            source: "devicecontroller", group: "twin", operation: .update, resource: "membership"),
          content: MessageContent([:])))
      let after = try Captured.message("129-down-edgecontroller-update-default_configmap_cm1")
      try await cloud.send(after)
      #expect(try await cloud.next().form == acknowledgement(of: after))
    }
  }

  @Test(
    "a hub that answers nothing at all is left, though its connection stands: a CloudHub at its limit of nodes does so")
  func silence() async throws {
    let node = try await FarNode("edge-1", store: MemoryStore(), cloudCoreTiming: .quick)
    let (cloud, edge) = InMemoryConnection.pair(capacity: 64)
    let outcome = await withTaskGroup(of: TransportError?.self) { group in
      group.addTask {
        await node.run()
        return nil
      }
      group.addTask {
        do throws(TransportError) { try await node.session.run(over: edge) } catch { return error }
        return nil
      }
      node.outbox.link.enqueue(
        DeliveryItem(objectKey: "node", version: nil, message: .command("null/node/edge-1", "", group: "meta")))
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
    #expect(outcome?.code == .timedOut)
    await cloud.close()
  }

  // MARK: Answers to reports

  private func answer(_ content: String, _ operation: MessageOperation = .response) -> ReportAnswer {
    ReportAnswer(
      EdgeMessage(
        header: MessageHeader(id: "1", parentID: "2", timestampMilliseconds: 0),
        route: MessageRoute(operation: operation), content: MessageContent(json: Array(content.utf8))))
  }

  @Test("the answers of a CloudCore are told apart: done, refused by the API server, failed for reasons of Go")
  func answers() {
    for content in [#""OK""#, #"{"Object":{},"Err":null}"#, #"{"kind":"Node"}"#, "null"] {
      #expect(answer(content) == .taken, "\(content)")
    }
    let status = #"{"ErrStatus":{"code":404,"message":"gone"}}"#
    #expect(answer(status) == .refused(code: 404, reason: "gone"))
    #expect(answer(#"{"Object":null,"Err":\#(status)}"#) == .refused(code: 404, reason: "gone"))
    for content in ["{}", #"{"Object":null,"Err":{}}"#, #""create node edge-1 error""#] {
      guard case .failed = answer(content) else {
        Issue.record("\(content) reads as \(answer(content))")
        continue
      }
    }
    #expect(answer(#""no""#, .error) == .failed("no"))
  }
}
#endif
