#if Networking && canImport(Glibc)
import EdgeAPIModels
import EdgeAutonomyCache
import EdgeTransport

/// Takes a report of a device that this node no longer has for settled as soon as it was sent.
///
/// A CloudCore answers no report of a device that it does not know: it would be repeated for ever, also by the next agent.
struct DeviceReportConnection<Base: MessageConnection>: MessageConnection {
  let base: Base
  let link: MessageLink
  let cache: ObjectCache

  var inbound: InboundMessages { base.inbound }

  func send(_ message: EdgeMessage) async throws(TransportError) {
    try await base.send(message)
    if let device = Self.device(of: message), cache.object(device) == nil { link.confirm(messageID: message.id) }
  }

  func close() async { await base.close() }

  /// The device that `device/<namespace>/<name>/...` is about.
  private static func device(of message: EdgeMessage) -> ObjectKey? {
    guard message.resource.hasPrefix("device/"), message.route.source == "twin" else { return nil }
    let steps = message.resource.split(separator: "/")
    guard steps.count > 3 else { return nil }
    return ObjectKey(resource: .devices, namespace: String(steps[1]), name: String(steps[2]))
  }
}
#endif
