import BenchmarkHarness
import EdgeTransport
import Foundation

/// The hot path of the hub: a KubeEdge message of about 1 KiB that carries a pod.
enum MessageBenchmarks {
  static func all() throws -> [Benchmark] {
    let wire = sampleMessage()
    let message = try EdgeMessage(decoding: wire)
    precondition(message.encoded() == wire, "the sample is not in KubeEdge's form")
    let data = Data(wire)
    let decoder = JSONDecoder()
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    let codable = try decoder.decode(CodableMessage.self, from: data)
    var buffer: [UInt8] = []
    buffer.reserveCapacity(4096)
    let size = wire.count
    return [
      Benchmark("foundation encode", bytesPerOperation: size) { blackHole(try encoder.encode(codable)) },
      Benchmark("foundation decode", bytesPerOperation: size) {
        blackHole(try decoder.decode(CodableMessage.self, from: data))
      },
      Benchmark("message encode", baseline: "foundation encode", bytesPerOperation: size) {
        blackHole(message.encoded())
      },
      Benchmark("message encode into buffer", baseline: "foundation encode", bytesPerOperation: size) {
        buffer.removeAll(keepingCapacity: true)
        message.encode(into: &buffer)
        blackHole(buffer.count)
      },
      Benchmark("message decode, route only", baseline: "foundation decode", bytesPerOperation: size) {
        blackHole(try MessageEnvelope(decoding: wire))
      },
      Benchmark("message decode, full", baseline: "foundation decode", bytesPerOperation: size) {
        blackHole(try EdgeMessage(decoding: wire))
      },
    ]
  }

  /// A pod as the hub sends it, cut to about 1 KiB on the wire.
  private static func sampleMessage() -> [UInt8] {
    let pod =
      #"{"metadata":{"name":"web-0","namespace":"default","uid":"d1e804d7-7759-4dd8-9e53-2748d6134252","#
      + #""resourceVersion":"1033","creationTimestamp":"2026-11-22T12:33:15Z","labels":{"app":"web","tier":"edge"}},"#
      + #""spec":{"volumes":[{"name":"config","configMap":{"name":"web-config"}},{"name":"token","projected":"#
      + #"{"sources":[{"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}}]}}],"containers":[{"name":"web","#
      + #""image":"registry.local/web:1.4.2","args":["--listen","0.0.0.0:8080"],"resources":{"limits":{"cpu":"500m","#
      + #""memory":"128Mi"}},"volumeMounts":[{"name":"config","mountPath":"/etc/web"}]}],"restartPolicy":"Always","#
      + #""serviceAccountName":"default","nodeName":"edge-1","hostNetwork":true},"status":{"phase":"Running"}}"#
    return EdgeMessage(
      header: MessageHeader(
        id: "ff82aaca-dbf4-4857-9f60-40926f356f4a", timestampMilliseconds: 1_795_350_795_840, resourceVersion: "1033"),
      route: MessageRoute(
        source: "edgecontroller", group: "resource", operation: .update, resource: "default/pod/web-0"),
      content: MessageContent(json: Array(pod.utf8))
    ).encoded()
  }
}

/// What one writes without this library: a Codable struct, its content as a Codable JSON value.
struct CodableMessage: Codable {
  struct Header: Codable {
    var id: String
    var parentID: String?
    var timestamp: Int64
    var resourceVersion: String?
    var sync: Bool?

    enum CodingKeys: String, CodingKey {
      case id = "msg_id"
      case parentID = "parent_msg_id"
      case timestamp
      case resourceVersion = "resourceversion"
      case sync
    }
  }
  struct Route: Codable {
    var source: String?
    var group: String?
    var operation: String?
    var resource: String?
  }
  var header: Header
  var route: Route
  var content: CodableJSON
}

enum CodableJSON: Codable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([CodableJSON])
  case object([String: CodableJSON])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([String: CodableJSON].self) {
      self = .object(value)
    } else if let value = try? container.decode([CodableJSON].self) {
      self = .array(value)
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else {
      self = .number(try container.decode(Double.self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}
