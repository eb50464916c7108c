import Testing

@testable import EdgeAPIServer

@Suite("Request routes")
struct RequestRouteTests {
  private func route(_ path: String) -> RequestRoute {
    RequestRoute(segments: path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init))
  }

  private func path(_ resource: String, _ namespace: String? = nil, group: String = "", version: String = "v1")
    -> RequestRoute.ResourcePath
  {
    RequestRoute.ResourcePath(group: group, version: version, namespace: namespace, resource: resource)
  }

  @Test("paths name health, version, discovery, collections, objects and subresources")
  func table() {
    #expect(route("/readyz") == .health)
    #expect(route("/version") == .version)
    #expect(route("/api") == .coreVersions)
    #expect(route("/apis/") == .groups)
    #expect(route("/apis/apps") == .group("apps"))
    #expect(route("/api/v1") == .resources(group: "", version: "v1"))
    #expect(route("/api/v1/pods") == .collection(path("pods")))
    #expect(route("/api/v1/namespaces/ns/pods") == .collection(path("pods", "ns")))
    #expect(route("/api/v1/nodes/n1/status") == .object(path("nodes"), name: "n1", subresource: "status"))
    #expect(
      route("/apis/apps/v1/namespaces/ns/deployments/web")
        == .object(path("deployments", "ns", group: "apps"), name: "web", subresource: nil))
  }

  @Test("namespaces are objects and scopes")
  func namespaces() {
    #expect(route("/api/v1/namespaces") == .collection(path("namespaces")))
    #expect(route("/api/v1/namespaces/ns") == .object(path("namespaces"), name: "ns", subresource: nil))
    #expect(route("/api/v1/namespaces/ns/status") == .object(path("namespaces"), name: "ns", subresource: "status"))
  }

  @Test("what is no route is unknown", arguments: ["/", "", "/api/v1//pods", "/api/v1/pods/a/b/c", "/healthz/x", "/x"])
  func unknown(_ path: String) { #expect(route(path) == .unknown) }
}
