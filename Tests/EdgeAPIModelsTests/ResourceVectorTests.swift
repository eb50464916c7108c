import EdgeAPIModels
import EdgeJSON
import EdgeTestKit
import Testing

/// Versions, resources and requests against the answers of `k8s.io/apimachinery` and `k8s.io/apiserver`.
@Suite("Resource vectors")
struct ResourceVectorTests {
  @Test("group versions parse and print as in Kubernetes")
  func groupVersions() throws {
    let summary = try VectorRunner("group-version").run { vector in
      do {
        let version = try GroupVersion(parsing: vector["in"].stringValue ?? "")
        try vector.expect(vector["error"].isNull, "accepted, but expected \(vector["error"])")
        try vector.expect(version.group, equals: vector["group"].stringValue, "group")
        try vector.expect(version.version, equals: vector["version"].stringValue, "version")
        try vector.expect(version.description, equals: vector["string"].stringValue, "string")
      } catch let error as GroupVersionError {
        try vector.expect(error.description, equals: vector["error"].stringValue ?? "no error")
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("resources are guessed from kinds as in Kubernetes")
  func guesses() throws {
    let summary = try VectorRunner("guess-resource").run { vector in
      let kind = GroupVersionKind(group: "g", version: "v1", kind: vector["kind"].stringValue ?? "")
      try vector.expect(kind.guessedResource.plural.resource, equals: vector["plural"].stringValue, "plural")
      try vector.expect(kind.guessedResource.singular.resource, equals: vector["singular"].stringValue, "singular")
      try vector.expect(kind.guessedResource.plural.groupVersion, equals: GroupVersion(group: "g", version: "v1"))
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }

  @Test("requests are classified as by the API server")
  func requests() throws {
    let summary = try VectorRunner("request-info").run { vector in
      let info: RequestInfo
      do {
        info = try RequestInfo(method: vector["method"].stringValue ?? "", target: vector["path"].stringValue ?? "")
      } catch {
        return try vector.expect(!vector["error"].isNull, "\(error)")
      }
      try vector.expect(vector["error"].isNull, "accepted, but expected \(vector["error"])")
      let found: JSONObject = [
        "isResourceRequest": .bool(info.isResourceRequest), "path": .string(info.path), "verb": .string(info.verb),
        "apiPrefix": .string(info.apiPrefix), "apiGroup": .string(info.apiGroup),
        "apiVersion": .string(info.apiVersion), "namespace": .string(info.namespace),
        "resource": .string(info.resource), "subresource": .string(info.subresource), "name": .string(info.name),
        "parts": info.isResourceRequest ? .array(info.parts.map { .string($0) }) : .null,
        "fieldSelector": .string(info.fieldSelector), "labelSelector": .string(info.labelSelector),
      ]
      try vector.expect(JSONValue.object(found), equals: vector["info"])
    }
    #expect(summary.failures.isEmpty, "\(summary)")
  }
}
