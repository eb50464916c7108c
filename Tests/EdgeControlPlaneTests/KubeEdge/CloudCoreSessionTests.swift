#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeStore
import EdgeTransport
import EdgeTransportOutbox
import Synchronization
import Testing

@testable import EdgeControlPlane
@testable import EdgeNodeAgent

/// What a node was seen to get wrong at a real CloudCore (v1.22.0 in front of Kubernetes 1.20), with that CloudCore's words.
@Suite("a node at a CloudCore", .timeLimit(.minutes(1)))
struct CloudCoreSessionTests {
  /// So long that only what comes over the connection can tell what the hub is.
  private static let patient = CloudCoreSession.Timing(
    recognition: .seconds(600), silence: .seconds(600), answer: .seconds(600), retry: .seconds(600))
  private let node: NodeName

  init() throws { node = try NodeName("edge-1") }

  private func lease(_ second: Int) -> UnstructuredObject {
    NodeDescription.lease(of: node, now: Timestamp(millisecondsSinceEpoch: Int64(second) * 1000))
  }

  private func version(_ message: EdgeMessage) throws -> String? {
    try message.content.value()["metadata"]?["resourceVersion"]?.stringValue
  }

  @Test("each renewal of the lease follows from the answer to the one before, which does not say what it is")
  func leaseAnswers() async throws {
    try await withCloudCore(Self.patient) { cloud in
      let reporter = cloud.node.session.reporter
      reporter.report(lease: lease(1), of: node)
      let question = try await cloud.next()
      #expect(question.operation == .query && question.resource == "kube-node-lease/lease/edge-1")
      try await cloud.answer(
        question,
        #"{"Object":{"kind":"Lease","apiVersion":"coordination.k8s.io/v1","metadata":{"name":"edge-1","#
          + #""namespace":"kube-node-lease","resourceVersion":"369"},"spec":{"holderIdentity":"edge-1"}},"Err":null}"#)
      for (now, next) in [("369", "371"), ("371", "376"), ("376", "404")] {
        _ = try await eventually { reporter.knownLease.withLock { $0.version == now ? true : nil } }
        reporter.report(lease: lease(2), of: node)
        let renewal = try await cloud.next()
        #expect(renewal.operation == .update)
        #expect(try version(renewal) == now)
        // As Go's typed client leaves it: without kind and apiVersion.
        try await cloud.answer(
          renewal,
          #"{"Object":{"metadata":{"name":"edge-1","namespace":"kube-node-lease","resourceVersion":"\#(next)"},"#
            + #""spec":{"holderIdentity":"edge-1","leaseDurationSeconds":40}},"Err":null}"#)
      }
    }
  }

  @Test("a lease that is not there is made, and the empty object beside an error is no lease")
  func newLease() async throws {
    try await withCloudCore(Self.patient) { cloud in
      let reporter = cloud.node.session.reporter
      reporter.report(lease: lease(1), of: node)
      try await cloud.answer(
        try await cloud.next(),
        #"{"Object":{"metadata":{"creationTimestamp":null},"spec":{}},"Err":{"ErrStatus":{"metadata":{},"#
          + #""status":"Failure","message":"leases \"edge-1\" not found","reason":"NotFound","code":404}}}"#)
      _ = try await eventually { reporter.knownLease.withLock { if case .unknown = $0 { true } else { nil } } }
      reporter.report(lease: lease(2), of: node)
      #expect(try await cloud.next().operation == .insert)
    }
  }

  @Test("the hub is known by its answer to anything but the inventory; nothing is waited for")
  func recognition() async throws {
    try await withCloudCore(Self.patient) { cloud in
      cloud.node.session.reporter.report(lease: lease(1), of: node)
      try await cloud.answer(try await cloud.next(), "{}")
      #expect(await cloud.node.caughtUp.next() == [false])
    }
  }

  @Test("the node's status waits for its registration, and a known node is not registered with every connection")
  func registration() async throws {
    let far = try await FarNode("edge-1", store: MemoryStore(), cloudCoreTiming: Self.patient)
    let reporter = far.session.reporter
    reporter.report(node: Sample.node("edge-1"))
    reporter.report(nodeStatus: ["phase": "x"], of: node)
    try await withCloudCore(node: far) { cloud in
      let registration = try await cloud.next()
      #expect(registration.operation == .insert && registration.resource == "null/node/edge-1")
      // It exists: its labels are brought up to date first, for both at once would conflict.
      try await cloud.answer(
        registration, #"{"Object":{"metadata":{"creationTimestamp":null}},"Err":{"ErrStatus":{"code":409}}}"#)
      let labels = try await cloud.next()
      #expect(labels.operation == .update && labels.resource == "null/node/edge-1")
      try await cloud.answer(labels, #""OK""#)
      let status = try await cloud.next()
      #expect(status.operation == .patch && status.resource == "null/nodepatch/edge-1")
      try await cloud.answer(status, #"{"Object":{"metadata":{"name":"edge-1"}},"Err":null}"#)
      _ = try await eventually { far.outbox.link.pendingCount == 0 ? true : nil }
    }
    try await withCloudCore(node: far) { cloud in
      let status = try await cloud.next()
      #expect(status.operation == .patch && status.resource == "null/nodepatch/edge-1")
      // Somebody has deleted it meanwhile.
      try await cloud.answer(
        status, #"{"Object":{"metadata":{"creationTimestamp":null}},"Err":{"ErrStatus":{"code":404}}}"#)
      let registration = try await cloud.next()
      #expect(registration.operation == .insert && registration.resource == "null/node/edge-1")
      try await cloud.answer(registration, #"{"Object":{"metadata":{"name":"edge-1"}},"Err":null}"#)
      #expect(try await cloud.next().resource == "null/nodepatch/edge-1")
    }
  }

  @Test("what the cloud does not have is asked for again after a while, not with every change of something else")
  func missing() async throws {
    try await withCloudCore(Self.patient) { cloud in
      var pod = Sample.pod("p", node: "edge-1")
      pod.metadata.uid = "u"
      pod["spec", "volumes"] = [["name": "v", "configMap": ["name": "none"]]]
      _ = try await cloud.node.cache.apply(.upsert(pod))
      cloud.node.session.reporter.report(lease: lease(1), of: node)
      try await cloud.answer(try await cloud.next(), "{}")
      let question = try await cloud.next()
      #expect(question.resource == "default/configmap/none")
      try await cloud.answer(question, #"{"ErrStatus":{"code":404,"message":"configmaps \"none\" not found"}}"#)
      for version in 1...5 {
        _ = try await cloud.node.cache.apply(.upsert(Sample.configMap("other-\(version)")))
        try await Task.sleep(for: .milliseconds(5))
      }
      cloud.node.session.reporter.report(lease: lease(2), of: node)
      #expect(try await cloud.next().resource == "kube-node-lease/lease/edge-1")
    }
  }

  @Test("a report of a device that the node no longer has is not repeated: a CloudCore would not answer it")
  func goneDevices() async throws {
    try await withCloudCore(Self.patient) { cloud in
      let (cache, link) = (cloud.node.cache, cloud.node.outbox.link)
      _ = try await cache.apply(.upsert(Sample.device("here", node: "edge-1")))
      for name in ["here", "gone"] {
        cloud.node.session.reporter.report(
          deviceState: ["state": "online"], namespace: "default", name: name)
        #expect(try await cloud.next().resource == "device/default/\(name)/state/update")
      }
      _ = try await eventually { link.pendingCount == 1 ? true : nil }
    }
  }

  // MARK: Statuses

  @Test("a status says what is there, and deletes only addresses that the cloud is known to have")
  func statuses() {
    let status: JSONValue = ["podIPs": [["ip": "10.0.0.2"]], "conditions": [["type": "Ready", "status": "True"]]]
    func patch(over known: JSONValue?) -> JSONValue {
      StatusPatch.merging(status, over: known, apiVersion: "v1", kind: "Pod")
    }
    // Kubernetes before 1.24 takes a directive for an element when it has no such list yet.
    #expect(patch(over: nil) == status)
    #expect(patch(over: ["phase": "Pending"]) == status)
    #expect(patch(over: ["podIPs": [["ip": "10.0.0.2"]], "conditions": [["type": "Other"]]]) == status)
    #expect(
      patch(over: ["podIPs": [["ip": "10.0.0.1"]]])["podIPs"]
        == [["ip": "10.0.0.2"], ["ip": "10.0.0.1", "$patch": "delete"]])
  }
}

extension LeaseKnowledge {
  fileprivate var version: String? {
    if case .current(let lease) = self { lease.metadata.resourceVersion } else { nil }
  }
}

/// Looks until there is something to see; ten seconds at most.
private func eventually<Value>(_ look: () async throws -> Value?) async throws -> Value {
  let deadline = ContinuousClock.now + .seconds(10)
  while ContinuousClock.now < deadline {
    if let value = try await look() { return value }
    try await Task.sleep(for: .milliseconds(2))
  }
  throw TransportError(code: .timedOut, message: "it did not come")
}
#endif
