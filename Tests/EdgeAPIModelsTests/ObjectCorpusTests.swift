import EdgeAPIKinds
import EdgeAPIModels
import EdgeAPIModelsYAML
import EdgeJSON
import EdgeTestKit
import Testing

/// Kubernetes' own fully populated objects, one of each kind, in all three encodings; from the folder that
/// `$EDGE_OBJECTS` names, else from the shared corpus where that exists. The objects may be newer than the schema: what
/// it does not know survives in its own encoding, and only that may differ between encodings.
@Suite("Object corpus")
struct ObjectCorpusTests {
  struct Sample {
    let name: String
    let json: [UInt8]
    let yaml: String
    let protobuf: [UInt8]
  }

  static var folder: String? {
    VectorFolder.directory(environment: "EDGE_OBJECTS", fixtures: "../../../shared/corpus/k8s-api-testdata")
  }

  private func samples() throws -> [Sample]? {
    guard let folder = Self.folder else {
      print("k8s-api-testdata: not here, nothing checked (set EDGE_OBJECTS)")
      return nil
    }
    return try VectorFolder.files(in: folder, suffix: ".json").map { path in
      let base = String(path.dropLast(5))
      return Sample(
        name: String(base.split(separator: "/").last ?? ""), json: try VectorFolder.bytes(of: path),
        yaml: try VectorFolder.text(of: base + ".yaml"), protobuf: try VectorFolder.bytes(of: base + ".pb"))
    }
  }

  @Test("JSON and YAML of every object come back equal, typed and dynamic")
  func textRoundTrips() throws {
    guard let samples = try samples() else { return }
    var typed = 0
    var dynamic = 0
    var unknown: [String] = []
    for sample in samples {
      let value = try JSONValue(parsing: sample.json)
      let object = try UnstructuredObject(parsing: sample.json)
      #expect(try JSONValue(parsing: object.serialized()) == value, "\(sample.name)")
      let fromYAML = try KubernetesYAML.value(parsing: sample.yaml)
      #expect(fromYAML == value, "\(sample.name): YAML and JSON differ")
      #expect(try KubernetesYAML.value(parsing: KubernetesYAML.encode(fromYAML)) == value, "\(sample.name): YAML again")
      if let type = KindCatalog.type(for: object.gvk) {
        try checkTyped(type, sample, value)
        typed += 1
      }
      if TypeSchema(object.gvk) != nil {
        let read = try SchemaObject(json: sample.json)
        #expect(try JSONValue(parsing: read.jsonEncoded()) == value, "\(sample.name): JSON through the schema")
        dynamic += 1
      } else {
        unknown.append(sample.name)
      }
    }
    print("k8s-api-testdata: \(samples.count) passed, 0 failed (\(typed) typed, \(dynamic) by schema)")
    if !unknown.isEmpty { print("  newer than the schema, kept as they are: \(unknown.joined(separator: ", "))") }
    #expect(dynamic * 10 >= samples.count * 8)
  }

  private func checkTyped<Kind: APIKind>(_ type: Kind.Type, _ sample: Sample, _ value: JSONValue) throws {
    let object = try Kind(json: sample.json)
    #expect(try JSONValue(parsing: object.jsonEncoded()) == value, "\(sample.name): JSON through \(type)")
    #expect(
      try Kind(protobuf: object.protobufEncoded()).protobufEncoded() == object.protobufEncoded(), "\(sample.name)")
  }

  @Test("protobuf of every object comes back byte for byte, and says what its JSON says")
  func protobufRoundTrips() throws {
    guard let samples = try samples() else { return }
    var differences: [String] = []
    for sample in samples {
      let envelope = try ProtobufEnvelope(parsing: sample.protobuf)
      #expect(envelope.encoded() == sample.protobuf, "\(sample.name): envelope")
      guard let gvk = envelope.gvk, TypeSchema(gvk) != nil else { continue }
      let object = try SchemaObject(protobuf: sample.protobuf)
      #expect(object.protobufEncoded() == sample.protobuf, "\(sample.name): protobuf through the schema")
      if let type = KindCatalog.type(for: gvk) { try checkTypedProtobuf(type, sample) }
      // What only one encoding could keep is taken from both sides before they are compared.
      let fromJSON = try SchemaObject(json: sample.json)
      differences += fromJSON.membersWithoutProtobuf.map { "\(sample.name): \($0)" }
      #expect(
        try known(of: object) == known(of: fromJSON), "\(sample.name): protobuf and JSON say different things")
    }
    if !differences.isEmpty { print("newer than the schema:\n  " + differences.joined(separator: "\n  ")) }
  }

  private func checkTypedProtobuf<Kind: APIKind>(_ type: Kind.Type, _ sample: Sample) throws {
    #expect(try Kind(protobuf: sample.protobuf).protobufEncoded() == sample.protobuf, "\(sample.name): \(type)")
  }

  /// The JSON of an object as protobuf keeps it: through the encoding and back, which drops what only JSON can say.
  private func known(of object: SchemaObject) throws -> JSONValue {
    var value = try JSONValue(parsing: try SchemaObject(protobuf: object.protobufEncoded()).jsonEncoded())
    value = Self.withoutNulls(value)
    return value
  }

  private static func withoutNulls(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let object):
      .object(JSONObject(object.filter { !$0.value.isNull }.map { ($0.key, withoutNulls($0.value)) }))
    case .array(let array): .array(array.map(withoutNulls))
    default: value
    }
  }
}
