import EdgeAPIModels
import EdgeJSON
import EdgePrimitives
import Testing

@Suite("Objects")
struct UnstructuredObjectTests {
  @Test("members that nobody knows survive a round trip")
  func lossless() throws {
    let text = #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0","x-unknown":[1.50]},"future":{"a":null}}"#
    var object = try UnstructuredObject(parsing: Array(text.utf8))
    object.metadata.labels["a"] = "b"
    object.metadata.labels = [:]
    #expect(String(decoding: object.serialized(), as: UTF8.self) == text)
  }

  @Test(
    "what is no object is refused with the field that is wrong",
    arguments: [
      ("[]", ObjectError.Code.malformed, nil), ("{", .malformed, nil), ("{}", .missingField, "apiVersion"),
      (#"{"apiVersion":"v1"}"#, .missingField, "kind"), (#"{"apiVersion":"v1","kind":""}"#, .missingField, "kind"),
      (#"{"apiVersion":1,"kind":"Pod"}"#, .invalidField, "apiVersion"),
      (#"{"apiVersion":"a/b/c","kind":"Pod"}"#, .invalidField, "apiVersion"),
      (#"{"apiVersion":"v1","kind":"Pod","metadata":"x"}"#, .invalidField, "metadata"),
    ] as [(String, ObjectError.Code, String?)])
  func refused(text: String, code: ObjectError.Code, field: String?) {
    let error = #expect(throws: ObjectError.self) { try UnstructuredObject(parsing: Array(text.utf8)) }
    #expect(error?.code == code)
    #expect(error?.field == field)
  }

  @Test("metadata of the wrong type reads as absent")
  func wrongTypes() throws {
    let text =
      #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":7,"labels":{"a":1,"b":"c"},"generation":"x","creationTimestamp":null,"ownerReferences":[{"kind":"x"}],"finalizers":"x"}}"#
    let metadata = try UnstructuredObject(parsing: Array(text.utf8)).metadata
    #expect(metadata.name == nil)
    #expect(metadata.labels == ["b": "c"])
    #expect(metadata.generation == nil)
    #expect(metadata.creationTimestamp == nil)
    #expect(metadata.ownerReferences.isEmpty)
    #expect(metadata.finalizers.isEmpty)
  }

  @Test("metadata is written as Kubernetes writes it")
  func writing() throws {
    var object = UnstructuredObject(apiVersion: "v1", kind: "Pod", name: "web-0", namespace: "default")
    object.metadata.creationTimestamp = Timestamp(rfc3339: "2026-11-23T01:02:03.5Z")
    object.metadata.ownerReferences = [
      OwnerReference(apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "u1")
    ]
    object.metadata.generation = 2
    object["spec", "nodeName"] = "n1"
    #expect(
      String(decoding: object.serialized(), as: UTF8.self)
        == #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0","namespace":"default","creationTimestamp":"2026-11-23T01:02:03Z","ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web","uid":"u1","controller":true}],"generation":2},"spec":{"nodeName":"n1"}}"#
    )
    #expect(object.metadata.ownerReferences.first?.controller == true)
    #expect(object.metadata.ownerReferences.first?.uid == "u1")
  }

  @Test("a key names collection, namespace and name; it does not depend on the version")
  func keys() throws {
    #expect(
      try UnstructuredObject(apiVersion: "v1", kind: "Pod", name: "web-0").key().description == "pods/default/web-0")
    #expect(
      try UnstructuredObject(apiVersion: "v1", kind: "Node", name: "n1", namespace: "x").key().description == "nodes/n1"
    )
    for version in ["v1alpha2", "v1beta1"] {
      let device = UnstructuredObject(
        apiVersion: "devices.kubeedge.io/\(version)", kind: "Device", name: "d", namespace: "ns")
      #expect(try device.key().description == "devices.devices.kubeedge.io/ns/d")
    }
    let unknown = #expect(throws: ObjectError.self) {
      try UnstructuredObject(apiVersion: "v1", kind: "Pot", name: "x").key()
    }
    #expect(unknown?.description == #"kind: no kind "Pot" in "v1""#)
    #expect(throws: ObjectError.self) { try UnstructuredObject(apiVersion: "v2", kind: "Pod", name: "x").key() }
  }

  @Test(
    "kubectl's words find their type",
    arguments: [
      ("pod", "pods"), ("pods", "pods"), ("po", "pods"), ("Pod", "pods"), ("svc", "services"),
      ("np", "nodepools.apps.openyurt.io"),
      ("devices.devices.kubeedge.io", "devices.devices.kubeedge.io"), ("deployments.apps", "deployments.apps"),
      ("deployments.v1.apps", "deployments.apps"), ("devicestatus", "devicestatuses.devices.kubeedge.io"),
      ("endpoints", "endpoints"),
      ("device.v1alpha2.devices.kubeedge.io", "devices.devices.kubeedge.io"),
    ])
  func words(word: String, expected: String) {
    #expect(ResourceCatalog.standard.type(named: word)?.groupResource.description == expected)
  }

  @Test("an unknown word, group or version finds nothing", arguments: ["pot", "pods.apps", "deployments.v2.apps", ""])
  func unknownWords(word: String) {
    #expect(ResourceCatalog.standard.type(named: word) == nil)
  }
}
