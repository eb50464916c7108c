#if Networking
import DeviceTwinKit
import EdgeAPIModels
import EdgeAPIServer
import EdgeJSON
import EdgePrimitives
import EdgeTransport

extension UpstreamHandler {
  func handleTwin(_ message: EdgeMessage) async throws(APIError) -> EdgeMessage? {
    // EdgeCore asks for its devices whenever it connects and no CloudCore answers; the Device objects tell it all.
    if message.resource == "membership/detail" { return nil }
    return try await handleDevice(message)
  }

  /// `device/<namespace>/<name>/twin/edge_updated` and `device/<namespace>/<name>/state/update`.
  private func handleDevice(_ message: EdgeMessage) async throws(APIError) -> EdgeMessage? {
    let parts = message.resource.split(separator: "/").map(String.init)
    guard parts.count == 5, parts[0] == "device" else { return unknown(message) }
    let device = try await registry.get(ObjectKey(resource: .devices, namespace: parts[1], name: parts[2]))
    guard device["spec", "nodeName"]?.stringValue == node.rawValue else {
      throw APIError(.forbidden, "the device \"\(parts[2])\" is not bound to node \"\(node)\"")
    }
    let content = try value(in: message)
    let writer = DeviceStatusWriter(registry: registry)
    switch "\(parts[3])/\(parts[4])" {
    case "twin/edge_updated":
      guard let report = TwinReport(edgeUpdatedContent: content) else {
        throw APIError(.badRequest, "the content of \(message.resource) is no twin document")
      }
      try await writer.write(twin: report, of: device)
    case "state/update":
      guard let report = DeviceStateReport(content: content) else {
        throw APIError(.badRequest, "the content of \(message.resource) is no state document")
      }
      try await writer.write(state: report, of: device)
    default: return unknown(message)
    }
    var answer = answer(message, .ok)
    answer.route.source = "devicecontroller"
    answer.route.group = "twin"
    answer.route.resource = "twin"
    return answer
  }
}
#endif
