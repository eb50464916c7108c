import BenchmarkHarness
import EdgeAPIKinds
import EdgeAPIModels
import EdgeAPIModelsYAML
import EdgeJSON
import Foundation

/// Objects of the API in and out: a pod of 4.7 KB, alone and five hundred times, in all encodings.
enum ModelBenchmarks {
  static func all() throws -> [Benchmark] {
    try objects() + lists() + protobuf() + yaml() + values()
  }

  private static let json = SamplePod.json
  private static func pod() throws -> CoreV1.Pod { try CoreV1.Pod(json: json) }

  private static func objects() throws -> [Benchmark] {
    let pod = try pod()
    precondition(try JSONValue(parsing: pod.jsonEncoded()) == JSONValue(parsing: json), "the pod is not whole")
    let value = try JSONValue(parsing: json)
    let data = Data(json)
    let decoder = JSONDecoder()
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    let plain = try decoder.decode(PlainPod.self, from: data)
    let event = Array(#"{"type":"MODIFIED","object":"#.utf8) + json + Array("}\n".utf8)
    let size = json.count
    return [
      Benchmark("foundation pod decode, plain Codable structs", bytesPerOperation: size) {
        blackHole(try decoder.decode(PlainPod.self, from: data))
      },
      Benchmark("foundation pod decode, same model", bytesPerOperation: size) {
        blackHole(try decoder.decode(CoreV1.Pod.self, from: data))
      },
      Benchmark("foundation pod encode, plain Codable structs", bytesPerOperation: size) {
        blackHole(try encoder.encode(plain))
      },
      Benchmark("pod json decode", baseline: "foundation pod decode, plain Codable structs", bytesPerOperation: size) {
        blackHole(try CoreV1.Pod(json: json))
      },
      Benchmark("pod json encode", baseline: "foundation pod encode, plain Codable structs", bytesPerOperation: size) {
        blackHole(pod.jsonEncoded())
      },
      Benchmark(
        "pod json decode, unstructured", baseline: "foundation pod decode, plain Codable structs",
        bytesPerOperation: size
      ) { blackHole(try JSONValue(parsing: json)) },
      Benchmark(
        "pod json encode, unstructured", baseline: "foundation pod encode, plain Codable structs",
        bytesPerOperation: size
      ) { blackHole(value.serialized()) },
      Benchmark("watch event json decode", bytesPerOperation: event.count) {
        blackHole(try WatchEvent<CoreV1.Pod>(json: event))
      },
    ]
  }

  private static func lists() throws -> [Benchmark] {
    let list =
      Array(#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":["#.utf8)
      + Array(repeating: json, count: 500).joined(separator: [UInt8(ascii: ",")]) + Array("]}".utf8)
    return [
      Benchmark("500-pod list json decode", bytesPerOperation: list.count) {
        blackHole(try CoreV1.PodList(json: list))
      },
      Benchmark("500-pod list json decode, unstructured", bytesPerOperation: list.count) {
        blackHole(try JSONValue(parsing: list))
      },
    ]
  }

  private static func protobuf() throws -> [Benchmark] {
    let pod = try pod()
    let bytes = pod.protobufEncoded()
    return [
      Benchmark("pod protobuf decode", bytesPerOperation: bytes.count) { blackHole(try CoreV1.Pod(protobuf: bytes)) },
      Benchmark("pod protobuf encode", bytesPerOperation: bytes.count) { blackHole(pod.protobufEncoded()) },
    ]
  }

  private static func yaml() throws -> [Benchmark] {
    let value = try JSONValue(parsing: json)
    let text = Array(KubernetesYAML.encode(value).utf8)
    return [
      Benchmark("pod yaml decode", bytesPerOperation: text.count) {
        blackHole(try CoreV1.Pod(json: KubernetesYAML.value(parsing: text).serialized()))
      },
      Benchmark("pod yaml decode, unstructured", bytesPerOperation: text.count) {
        blackHole(try KubernetesYAML.value(parsing: text))
      },
      Benchmark("pod yaml encode", bytesPerOperation: text.count) { blackHole(KubernetesYAML.encode(value)) },
    ]
  }

  private static func values() throws -> [Benchmark] {
    let selector = try LabelSelector(parsing: "app=edge-gateway,tier in (control,data),!canary")
    let labels = [
      "app": "edge-gateway", "pod-template-hash": "7d9c5b6f4", "tier": "control", "track": "stable",
      "apps.openyurt.io/nodepool": "hangzhou",
    ]
    let set = LabelSet(labels)
    precondition(selector.matches(labels) && selector.matches(set), "the selector must select")
    let value = try JSONValue(parsing: json)
    let patch = try JSONValue(
      parsing: #"{"metadata":{"labels":{"track":"canary"}},"spec":{"containers":[{"name":"gateway","#
        + #""image":"registry.example.com/edge/gateway:2.4.2","env":[{"name":"LOG_LEVEL","value":"debug"}]}]}}"#)
    guard let schema = TypeSchema(named: "core/v1.Pod") else { return [] }
    let texts = ["100m", "128Mi", "2"].map { Array($0.utf8) }
    return [
      Benchmark("quantity parse, three", bytesPerOperation: 9) {
        for text in texts { text.withUnsafeBufferPointer { blackHole(try? Quantity(parsing: $0)) } }
      },
      Benchmark("selector match, label set", bytesPerOperation: 0) { blackHole(selector.matches(set)) },
      Benchmark("selector match, dictionary", bytesPerOperation: 0) { blackHole(selector.matches(labels)) },
      Benchmark("strategic merge patch apply", bytesPerOperation: json.count) {
        blackHole(try StrategicMergePatch.apply(patch, to: value, schema: schema))
      },
    ]
  }
}
