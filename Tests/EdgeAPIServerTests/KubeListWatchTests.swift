#if Networking
import EdgeAPIClient
import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import EdgeResourceStore
import EdgeStore
import Testing

@Suite struct KubeListWatchTests {
  private let configMaps = GroupResource(group: "", resource: "configmaps")

  private func eventually(_ holds: () -> Bool) async -> Bool {
    for _ in 0..<2000 {
      if holds() { return true }
      try? await Task.sleep(for: .milliseconds(5))
    }
    return false
  }

  @Test("FF-17: a reflector over HTTP lists in pages, follows, resumes when the server ends its watch, and relists")
  func reflecting() async throws {
    try await RunningServer.with { server in
      for index in 0..<7 { try await server.registry.create(Sample.configMap("m\(index)")) }
      var configuration = ReflectorConfiguration()
      configuration.pageSize = 3
      configuration.backoff = Backoff(base: .milliseconds(1), cap: .milliseconds(5), minimum: .zero)
      let source = KubeListWatch(try server.client(), self.configMaps, watchTimeout: .seconds(1))
      let reflector = Reflector(source, configuration: configuration)
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await reflector.run() }
        await reflector.view.synced()
        #expect(reflector.view.snapshot.count == 7)
        _ = try? await server.registry.delete(Sample.key(self.configMaps, "m3"))
        _ = try? await server.registry.mutate(Sample.key(self.configMaps, "m4")) { object in
          object["data", "a"] = "2"
          return true
        }
        #expect(await self.eventually { reflector.view.object(Sample.key(self.configMaps, "m4"))?["data", "a"] == "2" })
        #expect(reflector.view.object(Sample.key(self.configMaps, "m3")) == nil)
        #expect(await self.eventually { reflector.status.watches >= 2 })
        // The watch that was resumed goes on from where the one before ended.
        _ = try? await server.registry.create(Sample.configMap("new"))
        #expect(await self.eventually { reflector.view.object(Sample.key(self.configMaps, "new")) != nil })
        #expect(reflector.status.lists == 1 && reflector.status.repeats == 0)
        group.cancelAll()
      }
      #expect(reflector.status.failures == 0)
    }
  }
}
#endif
