#if YAML
import EdgeAPIModelsYAML
import EdgeJSON
import EdgeTestKit
import Testing

@Suite("YAML vectors")
struct YAMLVectorTests {
  @Test("texts are read as Kubernetes reads them, except where the table says why not")
  func yamlToJSON() throws {
    let summary = try VectorRunner("yaml-to-json").run { vector in
      let text = vector["in"].stringValue ?? ""
      let expected = vector.content["ours"] ?? vector.content["json"].map { ["json": $0] } ?? ["refused": true]
      do {
        let value = try KubernetesYAML.value(parsing: text)
        try vector.expect(expected["refused"] == nil, "read as \(value)")
        try vector.expect(rounded(value), equals: rounded(expected["json"] ?? .null))
        try vector.expect(
          try KubernetesYAML.value(parsing: KubernetesYAML.encode(value)), equals: value, "written and read again")
      } catch let error as ManifestError {
        try vector.expect(expected["refused"] == true, "\(text.debugDescription): \(error)")
      }
    }
    #expect(summary.failures.isEmpty, "\(summary)")
    #expect(summary.passed > 300)
  }

  @Test("every object of the Kubernetes project is the same value in YAML and in JSON, and survives printing")
  func objects() throws {
    guard let directory = VectorFolder.environment("EDGE_OBJECTS") else {
      print("YAML objects: skipped, $EDGE_OBJECTS names no folder")
      return
    }
    let files = VectorFolder.files(in: directory, suffix: ".yaml")
    for file in files {
      let value = try KubernetesYAML.value(parsing: try VectorFolder.bytes(of: file))
      let json = try JSONValue(parsing: try VectorFolder.bytes(of: file.dropLast(5) + ".json"))
      #expect(value == json, "\(file)")
      #expect(try KubernetesYAML.value(parsing: KubernetesYAML.encode(value)) == value, "\(file)")
    }
    print("YAML objects: \(files.count) equal to their JSON")
    #expect(!files.isEmpty)
  }

  private func rounded(_ value: JSONValue) -> JSONValue {
    switch value {
    case .integer, .number: .string(value.doubleValue.map { "\($0 == 0 ? 0 : $0)" } ?? "none")
    case .array(let elements): .array(elements.map(rounded))
    case .object(let object): .object(JSONObject(object.map { ($0.key, rounded($0.value)) }))
    default: value
    }
  }
}
#endif
