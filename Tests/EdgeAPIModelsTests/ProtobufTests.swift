import EdgeAPIKinds
import EdgeAPIModels
import EdgeJSON
import EdgeTestKit
import Testing

@Suite("Protobuf")
struct ProtobufTests {
  private let sample = CoreV1.Pod(
    metadata: MetaV1.ObjectMeta(name: "web-0", labels: ["app": "web", "tier": "front"]),
    spec: CoreV1.PodSpec(
      volumes: [CoreV1.Volume(name: "v", hostPath: CoreV1.HostPathVolumeSource(path: "/x"))],
      containers: [
        CoreV1.Container(
          name: "c", ports: [CoreV1.ContainerPort(containerPort: 80)],
          resources: CoreV1.ResourceRequirements(requests: ["cpu": Quantity(milli: 100)]),
          livenessProbe: CoreV1.Probe(httpGet: CoreV1.HTTPGetAction(port: 8080)))
      ], hostNetwork: true))

  private func envelope(_ raw: [UInt8], kind: String = "Pod") -> [UInt8] {
    ProtobufEnvelope(apiVersion: "v1", kind: kind, raw: raw).encoded()
  }

  @Test("an object comes back, at every length of its parts")
  func roundTrips() throws {
    for length in [0, 1, 100, 127, 128, 129, 5_000, 70_000] {
      var object = sample
      object.metadata.annotations = ["a": String(repeating: "x", count: length)]
      object.spec?.containers?[0].args = [String(repeating: "y", count: length), ""]
      let read = try CoreV1.Pod(protobuf: object.protobufEncoded())
      #expect(read.metadata.annotations == object.metadata.annotations)
      #expect(read.spec?.containers?[0].args == object.spec?.containers?[0].args)
      #expect(read.protobufEncoded() == object.protobufEncoded())
    }
  }

  @Test("unknown fields stand where they stood, also those of inlined messages")
  func unknownFields() throws {
    // Volume{1: name, 2: VolumeSource{1: hostPath{1: path, 9: "n"}, 77: "new"}, 5: "x"}
    let hostPath = field(1, Array("/x".utf8)) + field(9, Array("n".utf8))
    let source = field(1, hostPath) + field(77, Array("new".utf8))
    let volume = field(1, Array("v".utf8)) + field(2, source) + field(5, Array("x".utf8))
    let raw = field(2, field(1, volume) + field(200, [1, 2, 3]))
    let read = try CoreV1.Pod(protobuf: envelope(raw))
    let kept = try #require(read.spec?.volumes?.first)
    #expect(kept.hostPath?.path == "/x")
    #expect(!kept.unknownFields.protobuf.isEmpty)
    let again = read.protobufEncoded()
    for part in [
      field(9, Array("n".utf8)), field(77, Array("new".utf8)), field(5, Array("x".utf8)), field(200, [1, 2, 3]),
    ] {
      #expect(again.contains(part), "\(part)")
    }
    #expect(try CoreV1.Pod(protobuf: again).protobufEncoded() == again)
    // The JSON says what JSON can say, and nothing is invented.
    #expect(
      try JSONValue(parsing: read.jsonEncoded())["spec"]?["volumes"]?[0] == ["name": "v", "hostPath": ["path": "/x"]])
  }

  @Test("a message that comes in parts is put together")
  func parts() throws {
    let first = field(1, field(1, Array("a".utf8)))
    let second = field(1, field(3, Array("ns".utf8)))
    let read = try CoreV1.Pod(protobuf: envelope(first + second))
    #expect(read.metadata.name == "a")
    #expect(read.metadata.namespace == "ns")
    let labels =
      field(1, field(11, entry("a", "1"))) + field(1, field(11, entry("b", "2")) + field(11, entry("a", "3")))
    #expect(try CoreV1.Pod(protobuf: envelope(labels)).metadata.labels == ["a": "3", "b": "2"])
  }

  @Test("numbers of a list may come packed or one by one")
  func packed() throws {
    let packed = field(2, field(14, field(4, [1, 0x80, 0x01])))
    #expect(try CoreV1.Pod(protobuf: envelope(packed)).spec?.securityContext?.supplementalGroups == [1, 128])
    let single = field(2, field(14, [0x20, 1, 0x20, 2]))
    #expect(try CoreV1.Pod(protobuf: envelope(single)).spec?.securityContext?.supplementalGroups == [1, 2])
  }

  @Test("what only JSON can say is named")
  func jsonOnly() throws {
    let text = #"{"apiVersion":"v1","kind":"Pod","new":1,"spec":{"containers":[{"name":"c"},{"name":"d","x":2}]}}"#
    let object = try SchemaObject(json: Array(text.utf8))
    #expect(object.membersWithoutProtobuf == ["new", "spec.containers[1].x"])
  }

  @Test("every prefix of an object, and every damaged byte, ends in an object or an error")
  func damage() throws {
    let whole = sample.protobufEncoded()
    for length in 0..<whole.count { _ = try? CoreV1.Pod(protobuf: Array(whole[..<length])) }
    for place in whole.indices {
      for bit in 0..<8 {
        var damaged = whole
        damaged[place] ^= 1 << UInt8(bit)
        if let read = try? SchemaObject(protobuf: damaged) {
          // What was read can be said again, in both encodings.
          let again = read.protobufEncoded()
          #expect(try SchemaObject(protobuf: again).protobufEncoded() == again)
          #expect(throws: Never.self) { try JSONValue(parsing: read.jsonEncoded()) }
        }
      }
    }
  }

  @Test("huge lengths, endless numbers and deep nests are refused at once")
  func hostile() {
    let deep = (0..<5_000).reduce(into: [UInt8]()) { bytes, _ in bytes = [0x0A] + varint(bytes.count) + bytes }
    let hostile: [[UInt8]] = [
      [], Array("k8s".utf8), [0x6B, 0x38, 0x73, 0, 0xFF], [0x6B, 0x38, 0x73, 0, 0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
      envelope([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07]), envelope([0x0A]), envelope([0x0B]), envelope([0x00]),
      envelope([UInt8](repeating: 0xFF, count: 30)), envelope(field(1, [0x08, 0x01])),
      envelope(field(1, field(1, [0xFF]))),
      envelope(field(1, field(11, field(2, deep)))), envelope([], kind: "Nothing"),
    ]
    for bytes in hostile {
      #expect(throws: ObjectError.self, "\(bytes.prefix(40))") { try SchemaObject(protobuf: bytes) }
    }
    let schema = field(
      2, field(3, field(5, field(1, (0..<2_000).reduce(into: [UInt8]()) { bytes, _ in bytes = field(26, bytes) }))))
    let definition = ProtobufEnvelope(
      apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", raw: field(1, []) + schema)
    _ = try? SchemaObject(protobuf: definition.encoded())
  }

  @Test("a kind that nobody knows stays whole in its envelope")
  func unknownKinds() throws {
    let bytes = ProtobufEnvelope(apiVersion: "x.io/v9", kind: "New", raw: [1, 2, 3], contentType: "t").encoded()
    let envelope = try ProtobufEnvelope(parsing: bytes)
    #expect(envelope.kind == "New")
    #expect(envelope.raw == [1, 2, 3])
    #expect(envelope.encoded() == bytes)
    let error = #expect(throws: ObjectError.self) { try SchemaObject(protobuf: bytes) }
    #expect(error?.code == .unknownKind)
  }

  private func varint(_ value: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private func field(_ number: Int, _ payload: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(payload.count) + payload
  }

  private func entry(_ key: String, _ value: String) -> [UInt8] {
    field(1, Array(key.utf8)) + field(2, Array(value.utf8))
  }
}
