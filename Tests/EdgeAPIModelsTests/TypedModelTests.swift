import EdgeAPIKinds
import EdgeAPIModels
import EdgeJSON
import EdgeTestKit
import Foundation
import Testing

@Suite("Typed models")
struct TypedModelTests {
  private let pod = """
    {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0","labels":{"app":"web"},"creationTimestamp":null,
    "future":{"deep":[1,2.50,12345678901234567890]}},"spec":{"containers":[{"name":"c","image":"i:1","ports":[],
    "resources":{"limits":{"cpu":"500m"},"burst":true},"livenessProbe":{"httpGet":{"port":"http"},"v2":{}}}],
    "hostNetwork":false,"nodeSelector":{},"volumes":[{"name":"v","hostPath":{"path":"/x"},"newSource":{"a":null}}]},
    "extra":"kept"}
    """

  private func value(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }

  @Test("members read with their Swift types")
  func reads() throws {
    let pod = try CoreV1.Pod(json: Array(pod.utf8))
    #expect(pod.metadata.name == "web-0")
    #expect(pod.metadata.labels?["app"] == "web")
    let container = try #require(pod.spec?.containers?.first)
    #expect(container.image == "i:1")
    #expect(container.resources?.limits?["cpu"] == Quantity(milli: 500))
    #expect(container.livenessProbe?.httpGet?.port == .string("http"))
    #expect(pod.spec?.hostNetwork == false)
    #expect(pod.spec?.hostPID == nil)
    #expect(pod.spec?.volumes?.first?.hostPath?.path == "/x")
  }

  @Test("unknown members at any depth, nulls, empty values and large numbers survive")
  func losesNothing() throws {
    let read = try CoreV1.Pod(json: Array(pod.utf8))
    #expect(try JSONValue(parsing: read.jsonEncoded()) == value(pod))
    #expect(read.unknownFields.json["extra"] == "kept")
    #expect(
      read.metadata.unknownFields.json["future"]?["deep"]?[2]
        == .number(try #require(JSONNumber(literal: "12345678901234567890"))))
    #expect(read.spec?.containers?[0].ports?.isEmpty == true)
    #expect(read.spec?.containers?[0].env == nil)
  }

  @Test("what is changed is written, and everything else stays as it was")
  func changes() throws {
    var object = try CoreV1.Pod(json: Array(pod.utf8))
    object.metadata.labels?["tier"] = "front"
    object.spec?.containers?[0].image = "i:2"
    object.spec?.nodeName = "edge-1"
    object.spec?.hostNetwork = nil
    var expected = try value(pod)
    expected[path: ["metadata", "labels", "tier"]] = "front"
    var container = try #require(expected["spec"]?["containers"]?[0])
    container["image"] = "i:2"
    expected[path: ["spec", "containers"]] = .array([container])
    expected[path: ["spec", "nodeName"]] = "edge-1"
    expected[path: ["spec", "hostNetwork"]] = nil
    #expect(try JSONValue(parsing: object.jsonEncoded()) == expected)
  }

  @Test("copies are independent")
  func copies() throws {
    let first = CoreV1.Container(name: "a", image: "x")
    var second = first
    second.image = "y"
    #expect(first.image == "x")
    #expect(second.image == "y")
    #expect(first != second)
    second.image = "x"
    #expect(first == second)
    #expect(first.hashValue == second.hashValue)
  }

  @Test("objects are built member by member")
  func builds() throws {
    let deployment = AppsV1.Deployment(
      metadata: MetaV1.ObjectMeta(name: "web", namespace: "default"),
      spec: AppsV1.DeploymentSpec(
        replicas: 2, selector: MetaV1.LabelSelector(matchLabels: ["app": "web"]),
        template: CoreV1.PodTemplateSpec(
          metadata: MetaV1.ObjectMeta(labels: ["app": "web"]),
          spec: CoreV1.PodSpec(containers: [CoreV1.Container(name: "web", image: "nginx")]))))
    let expected = """
      {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default"},"spec":{"replicas":2,
      "selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
      "spec":{"containers":[{"name":"web","image":"nginx"}]}}}}
      """
    #expect(try JSONValue(parsing: deployment.jsonEncoded()) == value(expected))
    #expect(try AppsV1.Deployment(protobuf: deployment.protobufEncoded()).spec?.replicas == 2)
    #expect(try deployment.unstructured.metadata.name == "web")
    #expect(try AppsV1.Deployment(try deployment.unstructured) == deployment)
    #expect(try AppsV1.Deployment(deployment.dynamic) == deployment)
    #expect(throws: ObjectError.self) { try AppsV1.DaemonSet(deployment.dynamic) }
  }

  @Test(
    "an object of another type, or of none, is refused with the member that says so",
    arguments: [
      (#"{"apiVersion":"v1","kind":"Node"}"#, ObjectError.Code.unexpectedType, nil),
      (#"{"apiVersion":"v2","kind":"Pod"}"#, .unexpectedType, nil),
      (#"{"kind":"Pod"}"#, .missingField, "apiVersion"), (#"{"apiVersion":"v1"}"#, .missingField, "kind"),
      (#"{"apiVersion":1,"kind":"Pod"}"#, .malformed, nil),
    ] as [(String, ObjectError.Code, String?)])
  func otherTypes(_ text: String, _ code: ObjectError.Code, _ field: String?) {
    let error = #expect(throws: ObjectError.self) { try CoreV1.Pod(json: Array(text.utf8)) }
    #expect(error?.code == code, "\(String(describing: error))")
    #expect(error?.field == field)
  }

  @Test(
    "a member of the wrong type is named by its path",
    arguments: [
      (#""spec":{"containers":[{"name":"a"},{"name":7}]}"#, "spec.containers[1].name"),
      (#""spec":{"containers":{}}"#, "spec.containers"), (#""spec":[]"#, "spec"),
      (#""metadata":{"labels":{"a":1}}"#, "metadata.labels[a]"),
      (#""metadata":{"creationTimestamp":"yesterday"}"#, "metadata.creationTimestamp"),
      (#""spec":{"priority":2147483648}"#, "spec.priority"), (#""spec":{"priority":1.5}"#, "spec.priority"),
      (#""spec":{"hostNetwork":"yes"}"#, "spec.hostNetwork"),
      (#""spec":{"containers":[{"resources":{"limits":{"cpu":"lots"}}}]}"#, "spec.containers[0].resources.limits[cpu]"),
      (#""metadata":{"name":"a","name":"b"}"#, "metadata"),
      (#""metadata":{"labels":{"a":"1","a":"2"}}"#, "metadata.labels"),
      (#""metadata":{"x":1,"x":2}"#, "metadata"),
    ])
  func wrongTypes(_ members: String, _ path: String) {
    let text = #"{"apiVersion":"v1","kind":"Pod","# + members + "}"
    let error = #expect(throws: ObjectError.self) { try CoreV1.Pod(json: Array(text.utf8)) }
    #expect(error?.field == path, "\(String(describing: error))")
  }

  @Test("hostile texts end in an error, quickly")
  func hostile() {
    let deep = String(repeating: #"{"not":"#, count: 100_000)
    let definition =
      #"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","spec":{"versions":[{"schema":{"openAPIV3Schema":"#
    let nested = String(repeating: "[", count: 100_000)
    for text in [
      definition + deep, #"{"apiVersion":"v1","kind":"Pod","x":"# + nested, "", "{", "nul", "\u{0}",
      #"{"apiVersion":"v1","kind":"Pod"} x"#, #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"\ud800"}}"#,
    ] {
      #expect(throws: ObjectError.self) { try CoreV1.Pod(json: Array(text.utf8)) }
      #expect(throws: ObjectError.self) { try SchemaObject(json: Array(text.utf8)) }
    }
    let invalid = Array(#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":""#.utf8) + [0xFF] + Array("\"}}".utf8)
    #expect(throws: ObjectError.self) { try CoreV1.Pod(json: invalid) }
    #expect(throws: ObjectError.self) {
      try CoreV1.Pod(json: Array(pod.utf8), limits: JSONLimits(maximumBytes: 100))
    }
  }

  @Test("Foundation's coders read and write the same objects")
  func codable() throws {
    let decoded = try JSONDecoder().decode(CoreV1.Pod.self, from: Data(pod.utf8))
    #expect(decoded.spec?.containers?.first?.image == "i:1")
    #expect(decoded.unknownFields.json["extra"] == "kept")
    let encoded = try JSONEncoder().encode(decoded)
    #expect(try CoreV1.Pod(json: Array(encoded)).spec == decoded.spec)
    struct Setting: Codable, Equatable {
      var probe: CoreV1.Probe
      var limits: [String: Quantity]
    }
    let setting = Setting(probe: CoreV1.Probe(periodSeconds: 5), limits: ["cpu": Quantity(2)])
    #expect(try JSONDecoder().decode(Setting.self, from: JSONEncoder().encode(setting)) == setting)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(CoreV1.Pod.self, from: Data(#"{"apiVersion":"v1","kind":"Node"}"#.utf8))
    }
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(CoreV1.Probe.self, from: Data(#"{"periodSeconds":"often"}"#.utf8))
    }
  }

  @Test("elements of lists need not say their type, and say it again only if they did")
  func lists() throws {
    let text =
      #"{"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"a"}},{"kind":"Pod","apiVersion":"v1"}]}"#
    let list = try CoreV1.PodList(json: Array(text.utf8))
    #expect(list.items?.count == 2)
    #expect(try JSONValue(parsing: list.jsonEncoded()) == value(text))
    #expect(try JSONValue(parsing: try #require(list.items?[0]).jsonEncoded())["kind"] == "Pod")
    let other = #"{"apiVersion":"v1","kind":"PodList","items":[{"kind":"Node","apiVersion":"v1"}]}"#
    #expect(throws: ObjectError.self) { try CoreV1.PodList(json: Array(other.utf8)) }
  }

  @Test("a member that is one thing or another reads as what it is")
  func unions() throws {
    let text = """
      {"type":"object","additionalProperties":{"type":"string"},"items":[{"type":"integer"}],
      "properties":{"a":{"additionalProperties":false,"default":null,"items":{"type":"object"}}},
      "x-kubernetes-int-or-string":true,"$ref":"#/x","enum":[1,"a",null]}
      """
    let schema = try APIExtensionsV1.JSONSchemaProps(json: Array(text.utf8))
    #expect(schema.additionalProperties?.allows == true)
    #expect(schema.additionalProperties?.schema?.type == "string")
    #expect(schema.items?.schemas?.count == 1)
    #expect(schema.properties?["a"]?.additionalProperties?.allows == false)
    #expect(schema.xKubernetesIntOrString == true)
    #expect(schema.ref == "#/x")
    #expect(try JSONValue(parsing: schema.jsonEncoded()) == value(text))
  }

  @Test("custom resources of the edge projects have models too")
  func edgeKinds() throws {
    let device = """
      {"apiVersion":"devices.kubeedge.io/v1beta1","kind":"Device","metadata":{"name":"d"},"spec":{"nodeName":"n",
      "deviceModelRef":{"name":"m"},"protocol":{"protocolName":"modbus","configData":{"port":502}},
      "properties":[{"name":"t","desired":{"value":"1","metadata":{"type":"int"}},"collectCycle":1000}]}}
      """
    let read = try KubeEdgeDevicesV1Beta1.Device(json: Array(device.utf8))
    #expect(read.spec?.properties?.first?.name == "t")
    #expect(try JSONValue(parsing: read.jsonEncoded()) == value(device))
    let pool = #"{"apiVersion":"apps.openyurt.io/v1beta2","kind":"NodePool","spec":{"type":"Edge","hostNetwork":true}}"#
    #expect(try OpenYurtAppsV1Beta2.NodePool(json: Array(pool.utf8)).spec?.type == "Edge")
    #expect(KindCatalog.type(for: GroupVersionKind(group: "sedna.io", version: "v1alpha1", kind: "Dataset")) != nil)
  }
}
