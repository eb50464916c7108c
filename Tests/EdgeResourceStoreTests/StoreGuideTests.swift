import EdgeAPIKinds
import EdgeAPIModels
import EdgeResourceStore
import EdgeStore
import Foundation
import Testing

/// The examples of docs/store.md, as they stand there.
@Suite struct StoreGuideTests {
  private func follow(_ store: any MVCCStore) async throws {
    let type = ResourceType(CoreV1.ConfigMap.gvk)
    let maps = ResourceStore<CoreV1.ConfigMap>(store, type, codec: .json)
    var map = CoreV1.ConfigMap(metadata: .init(name: "settings", namespace: "default"))
    map.data = ["interval": "5s"]
    let created = try await maps.create(map)
    #expect(created.metadata.resourceVersion == "2")

    try await maps.update("settings", namespace: "default") { map in map.data?["interval"] = "10s" }

    var token: String?
    repeat {
      let page = try await maps.list(namespace: "default", limit: 500, continuing: token)
      for map in page.items { print(map.metadata.name ?? "", map.metadata.resourceVersion ?? "") }
      for broken in page.unreadable { print("cannot be read:", broken.key, broken.error) }
      token = page.continueToken
    } while token != nil

    let byInterval = ObjectIndex<CoreV1.ConfigMap>("interval") { map in map.data?["interval"].map { [$0] } ?? [] }
    let view = ObjectView(indexes: [byInterval])
    let reflector = Reflector(maps.listWatch(), view: view) { event in
      switch event {
      case .added(let item), .modified(let item, _): print("now", item.key, item.version)
      case .deleted(let item, let version): print("gone", item.key, version)
      case .unreadable(let object, _): print("cannot be read", object.key)
      case .synced(let difference): print("listed at", difference.version, difference.added.count, "new")
      }
    }
    let running = Task { await reflector.run() }
    await view.synced()
    let slow = view.snapshot.objects(byInterval, "10s")
    #expect(slow.map(\.key.name) == ["settings"])
    running.cancel()
    await running.value
  }

  @Test("the examples of the store's guide do what it says, and are those that the guide shows")
  func guide() async throws {
    try await follow(MemoryStore())
    let tests = URL(filePath: #filePath).deletingLastPathComponent()
    let guide = try String(contentsOf: tests.appending(path: "../../docs/store.md").standardized, encoding: .utf8)
    let here = Self.lines(try String(contentsOfFile: #filePath, encoding: .utf8)).joined(separator: "\n")
    let blocks = guide.components(separatedBy: "```swift\n").dropFirst().compactMap {
      $0.components(separatedBy: "```").first
    }
    #expect(blocks.count == 4)
    for block in blocks {
      #expect(here.contains(Self.lines(block).joined(separator: "\n")), "\(block)")
    }
  }

  /// Without their indentation.
  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }
}
