import EdgePrimitives
import Testing

@testable import EdgeTransport

@Suite("resource path")
struct ResourcePathTests {
  @Test("namespace, type and name are read and printed")
  func namespaced() throws {
    let path = try #require(ResourcePath("default/pod/web-0"))
    #expect(path == ResourcePath(namespace: "default", type: "pod", name: "web-0"))
    #expect(path.description == "default/pod/web-0")
  }

  @Test("\"null\" on the wire is cluster scope")
  func clusterScoped() throws {
    let path = try #require(ResourcePath("null/node/edge-1"))
    #expect(path.namespace == nil && path.type == "node" && path.name == "edge-1" && path.node == nil)
    #expect(path.description == "null/node/edge-1")
  }

  @Test("a path without a name is a list")
  func list() throws {
    #expect(try #require(ResourcePath("default/podlist")).name == nil)
  }

  @Test("the node in front is read, and trimmed for the edge")
  func nodePrefix() throws {
    let path = try #require(ResourcePath("node/edge-1/default/configmap/cm"))
    #expect(try path.node == NodeName("edge-1"))
    #expect(path.description == "node/edge-1/default/configmap/cm")
    #expect(path.trimmed.description == "default/configmap/cm")
  }

  @Test("what is no object path is not made one", arguments: ["", "twin", "/a/b", "a//b", "default/pod/"])
  func other(_ text: String) {
    #expect(ResourcePath(text) == nil)
  }
}
