import Foundation
import Testing

@testable import EdgeTransport

/// Real messages between a real cloudcore and a real edgecore; the folder may be replaced by `$EDGE_KUBEEDGE_CAPTURE`.
@Suite("KubeEdgeCapture")
struct KubeEdgeCaptureTests {
  struct Captured {
    let name: String
    let bytes: [UInt8]
  }

  static func messages() throws -> [Captured] {
    let folder =
      ProcessInfo.processInfo.environment["EDGE_KUBEEDGE_CAPTURE"].map { URL(filePath: $0) }
      ?? URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/kubeedge-capture")
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "json" }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
      .map { Captured(name: $0.lastPathComponent, bytes: try Array(Data(contentsOf: $0))) }
  }

  @Test("a captured message, decoded and encoded, is the same bytes")
  func roundTrip() throws {
    let messages = try Self.messages()
    #expect(!messages.isEmpty)
    var failures: [String] = []
    for captured in messages {
      do {
        let encoded = try EdgeMessage(decoding: captured.bytes).encoded()
        if encoded != captured.bytes {
          failures.append("\(captured.name): \(String(decoding: encoded, as: UTF8.self))")
        }
      } catch {
        failures.append("\(captured.name): \(error)")
      }
    }
    print("KubeEdgeCapture: \(messages.count - failures.count) passed, \(failures.count) failed")
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }

  @Test("the route-only decoding sees the same header, route and content as the full one")
  func envelope() throws {
    for captured in try Self.messages() {
      let message = try EdgeMessage(decoding: captured.bytes)
      let envelope = try MessageEnvelope(decoding: captured.bytes)
      #expect(envelope.header == message.header, "\(captured.name)")
      #expect(envelope.route == message.route, "\(captured.name)")
      #expect(try envelope.message() == message, "\(captured.name)")
      #expect(envelope.operation == message.operation && envelope.id == message.id)
    }
  }

  @Test("a captured message cut anywhere is refused, by both decodings")
  func truncation() throws {
    for captured in try Self.messages() where captured.bytes.count < 1000 {
      for length in 0..<captured.bytes.count - 1 {
        let part = Array(captured.bytes[..<length])
        #expect(throws: MessageError.self, "\(captured.name) at \(length)") { try EdgeMessage(decoding: part) }
        #expect(throws: MessageError.self, "\(captured.name) at \(length)") { try MessageEnvelope(decoding: part) }
      }
    }
  }

  @Test("every object resource on the wire is a resource path that prints as it was")
  func resources() throws {
    for captured in try Self.messages() {
      let message = try EdgeMessage(decoding: captured.bytes)
      if let path = ResourcePath(message.resource) { #expect(path.description == message.resource) }
    }
  }
}
