import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgeStore
import Testing

@Suite("Listing objects")
struct ListTests {
  let store = MemoryStore()
  let registry: ObjectRegistry

  init() { registry = makeRegistry(store) }

  @Test("a list holds a namespace or all, in key order, filtered by labels and fields")
  func selection() async throws {
    try await registry.create(Sample.pod("b", node: "edge-1", labels: ["app": "x"]))
    try await registry.create(Sample.pod("a", labels: ["app": "x"]))
    var other = Sample.pod("c", labels: ["app": "y"])
    other.metadata.namespace = "other"
    try await registry.create(other)
    func names(_ list: ObjectList) -> [String?] { list.items.map(\.metadata.name) }
    #expect(try await names(registry.list(.pods)) == ["a", "b", "c"])
    #expect(try await names(registry.list(.pods, namespace: "default")) == ["a", "b"])
    #expect(try await names(registry.list(.pods, labelSelector: LabelSelector(parsing: "app=y"))) == ["c"])
    #expect(
      try await names(registry.list(.pods, fieldSelector: FieldSelector(parsing: "spec.nodeName=edge-1"))) == ["b"])
  }

  @Test("pages together show one snapshot, whatever is written between them")
  func pages() async throws {
    for index in 0..<7 { try await registry.create(Sample.configMap("c\(index)")) }
    var names: [String] = []
    var token: String?
    var version: String?
    repeat {
      let page = try await registry.list(.configMaps, limit: 3, continue: token)
      #expect(version == nil || page.resourceVersion == version)
      version = page.resourceVersion
      names += page.items.compactMap(\.metadata.name)
      token = page.continueToken
      if token != nil { #expect(page.remainingItemCount == 7 - names.count) }
      try await registry.create(Sample.configMap("new\(names.count)"))
    } while token != nil
    #expect(names == (0..<7).map { "c\($0)" })
  }

  @Test("a page limit counts what the selector lets through")
  func limitedSelection() async throws {
    for index in 0..<9 {
      try await registry.create(Sample.pod("p\(index)", labels: ["odd": index.isMultiple(of: 2) ? "no" : "yes"]))
    }
    let selector = try LabelSelector(parsing: "odd=yes")
    let first = try await registry.list(.pods, labelSelector: selector, limit: 3)
    #expect(first.items.compactMap(\.metadata.name) == ["p1", "p3", "p5"])
    let second = try await registry.list(
      .pods, labelSelector: selector, limit: 3, continue: first.continueToken)
    #expect(second.items.compactMap(\.metadata.name) == ["p7"])
    #expect(second.continueToken == nil)
  }

  @Test("a page whose snapshot is compacted is expired")
  func expiredPage() async throws {
    for index in 0..<4 { try await registry.create(Sample.configMap("c\(index)")) }
    let page = try await registry.list(.configMaps, limit: 2)
    let last = try await registry.create(Sample.configMap("later"))
    try await store.compact(upTo: Revision(rawValue: Int64(last.metadata.resourceVersion ?? "") ?? 0))
    let error = await refusal { try await registry.list(.configMaps, limit: 2, continue: page.continueToken) }
    #expect(error?.code == .expired && error?.httpStatus == 410)
  }

  @Test("a continue token of another list or of nobody is a bad request")
  func forgedToken() async throws {
    for token in ["5", "5.zz", "5.2f", "-1.2f7265", "5.2f72656769737472792f6e6f6465732f61"] {
      #expect(await refusal { try await registry.list(.configMaps, continue: token) }?.code == .badRequest)
    }
  }

  @Test("a list can ask for an exact version, and for one not older than a version it has seen")
  func versions() async throws {
    let first = try await registry.create(Sample.configMap("a"))
    try await registry.create(Sample.configMap("b"))
    let version = first.metadata.resourceVersion ?? ""
    let exact = try await registry.list(.configMaps, options: ListOptions(version: .exact(version)))
    #expect(exact.items.count == 1 && exact.resourceVersion == version)
    let fresh = try await registry.list(.configMaps, options: ListOptions(version: .notOlderThan(version)))
    #expect(fresh.items.count == 2)
    let future = await refusal {
      try await registry.list(.configMaps, options: ListOptions(version: .notOlderThan("99")))
    }
    #expect(future?.message == "Too large resource version: 99, current: 3")
  }
}
