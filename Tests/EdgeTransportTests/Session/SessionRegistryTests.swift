import EdgePrimitives
import Testing

@testable import EdgeTransport

@Suite("session registry")
struct SessionRegistryTests {
  @Test("FF-02: the late teardown of a session that was taken over leaves its successor in place")
  func takeover() throws {
    let node = try NodeName("edge-1")
    var registry = SessionRegistry<String>()
    guard case .registered(let old, displaced: nil) = registry.register("old", for: node),
      case .registered(let new, displaced: "old") = registry.register("new", for: node)
    else { throw TestFailure() }
    let removedOld = registry.remove(old)
    #expect(!removedOld)
    #expect(registry[node] == "new" && registry.isCurrent(new) && !registry.isCurrent(old))
    let removedNew = registry.remove(new)
    #expect(removedNew && registry[node] == nil && registry.count == 0)
    let removedTwice = registry.remove(new)
    #expect(!removedTwice)
  }

  @Test("a full registry refuses a further node but not a takeover")
  func full() throws {
    var registry = SessionRegistry<Int>(maximumSessions: 1)
    _ = registry.register(1, for: try NodeName("a"))
    guard case .full = registry.register(2, for: try NodeName("b")) else { throw TestFailure() }
    guard case .registered(_, displaced: 1) = registry.register(3, for: try NodeName("a")) else { throw TestFailure() }
    #expect(registry.count == 1)
  }
}

struct TestFailure: Error {}
