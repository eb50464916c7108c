#if Networking
import EdgeAPIClient
import EdgeAPIModels
import EdgeAPIServer
import EdgeHTTP
import EdgeJSON
import EdgePrimitives
import EdgeStore
import Testing

@Suite("Protobuf over HTTPS", .timeLimit(.minutes(1)))
struct ProtobufTests {
  private static let mediaType = "application/vnd.kubernetes.protobuf"
  private static let pods = "/api/v1/namespaces/default/pods"

  private func send(
    _ server: RunningServer, _ method: String, _ target: String, _ body: [UInt8] = [],
    contentType: String = mediaType, accept: String = mediaType
  ) async throws -> HTTPClientResponse {
    let headers = [
      ("Authorization", "Bearer \(RunningServer.token)"), ("Accept", accept), ("Content-Type", contentType),
    ]
    return try await server.http().send(
      HTTPClientRequest(method: method, target: target, headers: HTTPHeaderList(headers), body: body))
  }

  private func encoded(_ object: UnstructuredObject) throws -> [UInt8] {
    try SchemaObject(object).protobufEncoded()
  }

  @Test("an object of a built-in kind is written and read in protobuf, and is the one that JSON shows")
  func objects() async throws {
    try await RunningServer.with { server in
      let created = try await send(server, "POST", Self.pods, encoded(Sample.pod("web")))
      #expect(created.status == 201)
      #expect(created.headers.first(name: "content-type") == Self.mediaType)
      let object = try SchemaObject(protobuf: created.body).unstructured
      #expect(object.metadata.name == "web" && object.metadata.uid != nil)
      #expect(try await server.client().get(Sample.key(.pods, "web"))["spec"] == object["spec"])

      var changed = object
      changed.metadata.labels = ["tier": "edge"]
      let updated = try await send(server, "PUT", Self.pods + "/web", encoded(changed))
      #expect(try SchemaObject(protobuf: updated.body).unstructured.metadata.labels == ["tier": "edge"])

      let list = try await send(server, "GET", Self.pods)
      let items = try SchemaObject(protobuf: list.body).unstructured
      #expect(items.kind == "PodList" && items["items"]?.arrayValue?.count == 1)

      let status = try await send(server, "DELETE", Self.pods + "/web?gracePeriodSeconds=0", contentType: "")
      #expect(try SchemaObject(protobuf: status.body).unstructured["status"] == "Success")
    }
  }

  @Test("a watch tells framed events in protobuf, its failure as well")
  func watch() async throws {
    try await RunningServer.with { server in
      try await server.registry.create(Sample.pod("a"))
      try await server.registry.create(Sample.pod("b"))
      let answer = try await send(server, "GET", Self.pods + "?watch=true&timeoutSeconds=1")
      #expect(answer.headers.first(name: "content-type") == Self.mediaType + ";stream=watch")
      var decoder = WatchFrameDecoder(.protobuf)
      decoder.append(answer.body)
      var told: [String] = []
      while let frame = try decoder.next() {
        told.append("\(frame.type) \(try SchemaObject(protobuf: frame.object).unstructured.metadata.name ?? "")")
      }
      #expect(told == ["ADDED a", "ADDED b"] && !decoder.hasPartialFrame)

      for index in 0..<4 { try await server.registry.create(Sample.configMap("c\(index)")) }
      try await server.store.compact(upTo: Revision(rawValue: 6))
      let failed = try await send(server, "GET", Self.pods + "?watch=true&resourceVersion=2")
      if failed.status == 200 {
        decoder.append(failed.body)
        let frame = try decoder.next()
        #expect(frame?.type == "ERROR")
        #expect(try frame.map { try SchemaObject(protobuf: $0.object).unstructured["reason"] } == "Expired")
      } else {
        #expect(failed.status == 410)
      }
    }
  }

  @Test("custom kinds, tables and malformed bodies are refused in protobuf")
  func refusals() async throws {
    try await RunningServer.with { server in
      let devices = "/apis/devices.kubeedge.io/v1beta1/namespaces/default/devices"
      #expect(try await send(server, "GET", devices).status == 406)
      #expect(try await send(server, "GET", devices, accept: Self.mediaType + ",application/json").status == 200)
      #expect(try await send(server, "POST", devices, [1], accept: "*/*").status == 415)
      let table = Self.mediaType + ";as=Table;v=v1;g=meta.k8s.io"
      #expect(try await send(server, "GET", Self.pods, accept: table).status == 406)
      let bytes = try encoded(Sample.pod("web"))
      let bodies = [
        [], Array("{}".utf8), Array(bytes.dropLast(3)), Array("k8s\0".utf8), try encoded(Sample.configMap("c")),
        Array("k8s\0".utf8) + Array(repeating: 0xFF, count: 40),
      ]
      for body in bodies { #expect(try await send(server, "POST", Self.pods, body).status == 400, "\(body)") }
      #expect(try await server.registry.list(.pods).items.isEmpty)
    }
  }
}
#endif
