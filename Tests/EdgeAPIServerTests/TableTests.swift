#if Networking
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import Testing

@Suite("Tables over HTTPS", .timeLimit(.minutes(1)))
struct TableTests {
  private static let accept = [
    (
      "Accept",
      "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
    )
  ]
  private static let pods = "/api/v1/namespaces/default/pods"

  private func names(_ table: JSONValue) -> [JSONValue] {
    (table["rows"]?.arrayValue ?? []).compactMap { $0["cells"]?.arrayValue?.first }
  }

  @Test("an object and a list are answered as tables with the metadata of their rows")
  func reads() async throws {
    try await RunningServer.with { server in
      for name in ["a", "b"] { try await server.registry.create(Sample.pod(name, node: "edge-1")) }
      let list = try await server.send("GET", Self.pods + "?limit=1", "", Self.accept)
      #expect(list.status == 200)
      #expect(list.body["kind"] == "Table" && list.body["apiVersion"] == "meta.k8s.io/v1")
      #expect(list.body["columnDefinitions"]?.arrayValue?.first?["name"] == "Name")
      #expect(names(list.body) == ["a"])
      let row = list.body["rows"]?.arrayValue?.first
      #expect(row?["object"]?["kind"] == "PartialObjectMetadata")
      #expect(row?["object"]?["metadata"]?["name"] == "a")
      #expect(list.body["metadata"]?["continue"]?.stringValue?.isEmpty == false)
      #expect(list.body["metadata"]?["remainingItemCount"] == 1)

      let one = try await server.send("GET", Self.pods + "/b?includeObject=Object", "", Self.accept)
      #expect(names(one.body) == ["b"])
      #expect(one.body["rows"]?.arrayValue?.first?["object"]?["spec"]?["nodeName"] == "edge-1")
      let bare = try await server.send("GET", Self.pods + "?includeObject=None", "", Self.accept)
      #expect(bare.body["rows"]?.arrayValue?.allSatisfy { $0["object"] == .null } == true)
      let wrong = try await server.send("GET", Self.pods + "?includeObject=Everything", "", Self.accept)
      #expect(wrong.status == 400)
    }
  }

  @Test("an empty list is a table with columns, and a custom kind has those of its version")
  func columns() async throws {
    try await RunningServer.with { server in
      let empty = try await server.send("GET", "/api/v1/nodes", "", Self.accept)
      #expect(empty.body["rows"] == [])
      let titles = empty.body["columnDefinitions"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
      #expect(titles?.prefix(5) == ["Name", "Status", "Roles", "Age", "Version"])
      try await server.registry.create(Sample.object(Sample.alphaDevice))
      let devices = "/apis/devices.kubeedge.io/v1alpha2/namespaces/default/devices"
      let table = try await server.send("GET", devices + "?includeObject=Object", "", Self.accept)
      #expect(names(table.body) == ["sensor-01"])
      let object = table.body["rows"]?.arrayValue?.first?["object"]
      #expect(object?["apiVersion"] == "devices.kubeedge.io/v1alpha2")
    }
  }

  @Test("errors are no tables")
  func errors() async throws {
    try await RunningServer.with { server in
      let answer = try await server.send("GET", Self.pods + "/none", "", Self.accept)
      #expect(answer.status == 404 && answer.body["kind"] == "Status")
    }
  }

  @Test("a watch tells rows, and the columns once")
  func watch() async throws {
    try await RunningServer.with { server in
      try await server.registry.create(Sample.pod("a"))
      try await server.registry.create(Sample.pod("b"))
      let answer = try await server.send("GET", Self.pods + "?watch=true&timeoutSeconds=1", "", Self.accept)
      let lines = (answer.body.stringValue ?? "").split(separator: "\n")
      let events = try lines.map { try JSONValue(parsing: Array($0.utf8)) }
      #expect(events.map { $0["type"] } == ["ADDED", "ADDED"])
      #expect(events.map { $0["object"]?["kind"] } == ["Table", "Table"])
      #expect(events.map { names($0["object"] ?? .null) } == [["a"], ["b"]])
      #expect(events.first?["object"]?["columnDefinitions"]?.arrayValue?.isEmpty == false)
      #expect(events.last?["object"]?["columnDefinitions"] == .null)
    }
  }
}
#endif
