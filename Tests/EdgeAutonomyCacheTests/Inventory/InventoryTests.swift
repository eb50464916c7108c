import EdgeAPIModels
import EdgeAutonomyCache
import EdgeJSON
import EdgePrimitives
import EdgeStore
import Testing

@Suite("inventory")
struct InventoryTests {
  @Test("an inventory survives its JSON form, cluster-scoped objects and groups included")
  func roundTrip() async throws {
    let cache = try await ObjectCache.open(store: MemoryStore())
    _ = try await cache.upsert(Sample.configMap("a"))
    _ = try await cache.upsert(Sample.pod("web"))
    for json in [
      #"{"apiVersion":"v1","kind":"Node","metadata":{"name":"edge-1"}}"#,
      #"{"apiVersion":"devices.kubeedge.io/v1beta1","kind":"Device","metadata":{"name":"d","namespace":"x"}}"#,
    ] { _ = try await cache.upsert(try Sample.object(json)) }
    let inventory = cache.inventory()
    let wire = inventory.json.serialized()
    #expect(Inventory(json: try JSONValue(parsing: wire)) == inventory)
    #expect(inventory.entries.count == 4)
    #expect(Inventory(json: Inventory(epoch: "", entries: [:]).json) == Inventory(epoch: "", entries: [:]))
  }

  @Test("equal inventories have equal bytes, whatever the order in which objects came")
  func deterministic() async throws {
    let (one, other) = (
      try await ObjectCache.open(store: MemoryStore(), entropy: SeededEntropy(seed: 3)),
      try await ObjectCache.open(store: MemoryStore(), entropy: SeededEntropy(seed: 3))
    )
    let objects = (0..<20).map { Sample.configMap("m\($0)") }
    for object in objects { _ = try await one.upsert(object) }
    for object in objects.reversed() { _ = try await other.upsert(object) }
    #expect(one.inventory().json.serialized() == other.inventory().json.serialized())
  }

  @Test(
    "what does not have the form of an inventory is refused whole",
    arguments: [
      "null", "[]", "7", "{}", #"{"epoch":"e"}"#, #"{"objects":[]}"#, #"{"epoch":7,"objects":[]}"#,
      #"{"epoch":"e","objects":{}}"#, #"{"epoch":"e","objects":[7]}"#, #"{"epoch":"e","objects":[[]]}"#,
      #"{"epoch":"e","objects":[["","pods","default","a"]]}"#,
      #"{"epoch":"e","objects":[["","pods","default","a","0123456789abcdef","more"]]}"#,
      #"{"epoch":"e","objects":[["","pods",null,"a","0123456789abcdef"]]}"#,
      #"{"epoch":"e","objects":[["","pods","default",7,"0123456789abcdef"]]}"#,
      #"{"epoch":"e","objects":[["","pods","default","a",7]]}"#,
      #"{"epoch":"e","objects":[["","pods","default","a","0123"]]}"#,
      #"{"epoch":"e","objects":[["","pods","default","a","0123456789abcdeg"]]}"#,
      #"{"epoch":"e","objects":[["","pods","default","a","+123456789abcdef"]]}"#,
      #"{"epoch":"e","objects":[["","pods","default","a","0123456789abcdef0"]]}"#,
      #"{"epoch":"e","objects":[["","pods","default","a","0123456789abcdef"],null]}"#,
    ])
  func hostile(json: String) throws {
    #expect(Inventory(json: try JSONValue(parsing: Array(json.utf8))) == nil)
  }

  @Test(
    "names that no catalogue knows, empty or endless ones, are keys like any other and cost no more than their bytes")
  func strangeNames() throws {
    let name = String(repeating: "x", count: 100_000)
    let json: JSONValue = [
      "epoch": "",
      "objects": [["g", "r", "", .string(name), "0123456789abcdef"], ["", "", "/", "\u{0}", "fedcba9876543210"]],
    ]
    let inventory = try #require(Inventory(json: json))
    #expect(inventory.entries.count == 2)
    #expect(Inventory(json: inventory.json) == inventory)
  }

  @Test("an object told twice counts once, with the last digest")
  func duplicates() throws {
    let entry: JSONValue = ["", "pods", "default", "a", "0000000000000001"]
    let later: JSONValue = ["", "pods", "default", "a", "0000000000000002"]
    let inventory = try #require(Inventory(json: ["epoch": "e", "objects": [entry, later]]))
    #expect(inventory.entries == [Sample.key(.pods, "a"): ObjectDigest(rawValue: 2)])
  }
}
