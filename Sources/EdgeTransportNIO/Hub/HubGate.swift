#if Networking
import EdgeIdentity
import EdgePrimitives
import Logging
import Metrics
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Judges one upgrade request to a hub: first its form, then who sends it, then whether there is room.
final class HubGate: Sendable {
  typealias Verdict = UpgradeAcceptor<HubAdmission>.Verdict

  private let admit: @Sendable (HubAdmission) -> AdmissionDecision
  /// Whether the hub has a place for this node.
  private let hasPlace: @Sendable (NodeName) -> Bool
  private let configuration: HubConfiguration
  private let budget: Mutex<AdmissionBudget>
  private let logger: Logger

  init(
    configuration: HubConfiguration, logger: Logger, hasPlace: @escaping @Sendable (NodeName) -> Bool,
    admit: @escaping @Sendable (HubAdmission) -> AdmissionDecision
  ) {
    self.configuration = configuration
    self.logger = logger
    self.hasPlace = hasPlace
    self.admit = admit
    budget = Mutex(
      AdmissionBudget(
        perSecond: configuration.sessionsPerSecond, burst: configuration.sessionBurst, now: ContinuousClock.now))
  }

  /// On the channel's event loop.
  func judge(_ head: HTTPRequestHead, on channel: any Channel) -> Verdict {
    let address = channel.remoteAddress?.description ?? "unknown"
    let claimed = head.headers.first(name: "Node_id")
    do throws(Refused) {
      let admission = try admission(head, on: channel, claimed: claimed, address: address)
      return .accept(admission, subprotocol: subprotocol(head))
    } catch {
      Counter(label: "edge_hub_refusals_total", dimensions: [("reason", error.kind.rawValue)]).increment()
      logger.warning(
        "refused a connection",
        metadata: HubEvent.refused.metadata([
          "node": "\((claimed ?? "").prefix(80))", "peer": "\(address)", "status": "\(error.refusal.status)",
          "reason": "\(error.refusal.reason)", "kind": "\(error.kind.rawValue)",
        ]))
      return .refuse(error.refusal)
    }
  }

  /// Why, as the metrics tell it.
  private enum Kind: String {
    /// The request is not one of an edge.
    case malformed
    /// It comes from a page of somewhere else.
    case origin
    /// Who sends it is not who it says.
    case identity
    case full
    /// More come at once than the hub serves.
    case rate
  }

  private struct Refused: Error {
    let kind: Kind
    let refusal: UpgradeRefusal

    init(_ status: Int, _ kind: Kind, _ reason: String, retryAfter: Duration? = nil) {
      self.kind = kind
      refusal = UpgradeRefusal(status: status, reason: reason, retryAfter: retryAfter)
    }
  }

  private func admission(
    _ head: HTTPRequestHead, on channel: any Channel, claimed: String?, address: String
  ) throws(Refused) -> HubAdmission {
    guard head.method == .GET, head.version == .http1_1 else {
      throw Refused(400, .malformed, "an upgrade is a GET request of HTTP/1.1")
    }
    guard let claimed else { throw Refused(400, .malformed, "the header Node_id is missing") }
    guard let nodeName = try? NodeName(claimed) else {
      throw Refused(400, .malformed, "the header Node_id is not a node name")
    }
    guard head.headers.first(name: "Connectionuse").flatMap(ConnectionUse.init) == .messages else {
      throw Refused(400, .malformed, "the header Connectionuse must be \"\(ConnectionUse.messages.rawValue)\"")
    }
    try checkOrigin(head)
    let identity = (try? channel.pipeline.syncOperations.nioSSL_peerCertificate()).flatMap {
      try? PeerIdentity(nioCertificate: $0)
    }
    let admission = HubAdmission(
      nodeName: nodeName, projectID: head.headers.first(name: "Project_id") ?? "", path: head.uri,
      certificateCommonName: identity?.commonName, certificateOrganizations: identity?.organizations ?? [],
      remoteAddress: address)
    if case .refuse(let status, let reason) = admit(admission) { throw Refused(status, .identity, reason) }
    guard hasPlace(nodeName) else {
      throw Refused(503, .full, "the hub has no place left", retryAfter: configuration.retryAfter)
    }
    if case .comeBack(let delay) = budget.withLock({ $0.request(now: ContinuousClock.now) }) {
      throw Refused(503, .rate, "too many nodes come at once", retryAfter: delay)
    }
    return admission
  }

  /// Edges send no Origin. A browser does, and a page from elsewhere must not reach the hub with a certificate that the
  /// browser holds; KubeEdge's hub answers the same.
  private func checkOrigin(_ head: HTTPRequestHead) throws(Refused) {
    guard let origin = head.headers.first(name: "Origin") else { return }
    let authority = origin.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).last ?? ""
    guard authority.lowercased() == head.headers.first(name: "Host")?.lowercased() else {
      throw Refused(403, .origin, "the header Origin is not of this host")
    }
  }

  /// The first of the hub's that the edge offers.
  private func subprotocol(_ head: HTTPRequestHead) -> String? {
    let offered = head.headers[canonicalForm: "Sec-WebSocket-Protocol"].map(String.init)
    return configuration.subprotocols.first(where: offered.contains)
  }
}
#endif
