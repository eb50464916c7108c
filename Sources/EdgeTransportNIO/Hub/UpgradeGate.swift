#if Networking
import EdgeIdentity
import EdgePrimitives
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// Judges one upgrade request: first its form, then who sends it.
struct UpgradeGate: Sendable {
  enum Verdict: Sendable {
    case accept(HubAdmission)
    case refuse(Refusal)
  }

  struct Refusal: Sendable {
    let status: Int
    let reason: String
    var retryAfter: Duration?

    /// To a request that asks for no upgrade.
    static let noUpgrade = Refusal(status: 426, reason: "this is a WebSocket endpoint for edge nodes")
  }

  let admit: @Sendable (HubAdmission) -> AdmissionDecision
  /// Whether the hub has a place for this node.
  let hasPlace: @Sendable (NodeName) -> Bool
  let retryAfter: Duration
  let logger: Logger

  /// On the channel's event loop.
  func judge(_ head: HTTPRequestHead, on channel: any Channel) -> Verdict {
    let address = channel.remoteAddress?.description ?? "unknown"
    let claimed = head.headers.first(name: "Node_id")
    let verdict = verdict(head, on: channel, claimed: claimed, address: address)
    if case .refuse(let refusal) = verdict {
      logger.warning(
        "refused a connection",
        metadata: [
          "node": "\((claimed ?? "").prefix(80))", "peer": "\(address)", "status": "\(refusal.status)",
          "reason": "\(refusal.reason)",
        ])
    }
    return verdict
  }

  private func verdict(
    _ head: HTTPRequestHead, on channel: any Channel, claimed: String?, address: String
  ) -> Verdict {
    guard head.method == .GET, head.version == .http1_1 else {
      return .refuse(Refusal(status: 400, reason: "an upgrade is a GET request of HTTP/1.1"))
    }
    guard let claimed else { return .refuse(Refusal(status: 400, reason: "the header Node_id is missing")) }
    guard let nodeName = try? NodeName(claimed) else {
      return .refuse(Refusal(status: 400, reason: "the header Node_id is not a node name"))
    }
    // KubeEdge upgrades such a connection and then never reads from it.
    guard head.headers.first(name: "Connectionuse") == "msg" else {
      return .refuse(Refusal(status: 400, reason: "the header Connectionuse must be \"msg\""))
    }
    let identity = (try? channel.pipeline.syncOperations.nioSSL_peerCertificate()).flatMap {
      try? PeerIdentity(nioCertificate: $0)
    }
    let admission = HubAdmission(
      nodeName: nodeName, projectID: head.headers.first(name: "Project_id") ?? "", path: head.uri,
      certificateCommonName: identity?.commonName, certificateOrganizations: identity?.organizations ?? [],
      remoteAddress: address)
    if case .refuse(let status, let reason) = admit(admission) {
      return .refuse(Refusal(status: status, reason: reason))
    }
    guard hasPlace(nodeName) else {
      return .refuse(Refusal(status: 503, reason: "the hub has no place left", retryAfter: retryAfter))
    }
    return .accept(admission)
  }
}

/// Answers a request that was not upgraded, and closes. NIO's upgrade handler has eaten the head of a request that it
/// was told not to upgrade, so the answer goes out as soon as this handler is there.
final class RefusalHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let refusal: UpgradeGate.Refusal

  init(refusal: UpgradeGate.Refusal) { self.refusal = refusal }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

  func handlerAdded(context: ChannelHandlerContext) {
    let body = ByteBuffer(string: refusal.reason + "\n")
    var headers = HTTPHeaders([
      ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "\(body.readableBytes)"),
      ("Connection", "close"),
    ])
    if refusal.status == 426 { headers.add(name: "Upgrade", value: "websocket") }
    if let retryAfter = refusal.retryAfter {
      headers.add(name: "Retry-After", value: "\(max(1, retryAfter.components.seconds))")
    }
    let head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: refusal.status), headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    let channel = context.channel
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
#endif
