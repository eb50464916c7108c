#if Networking
import EdgePrimitives

/// Who asks to be connected: what the upgrade request says and what the certificate proves.
public struct HubAdmission: Hashable, Sendable {
  /// The node name that the peer claims (header `Node_id`).
  public let nodeName: NodeName
  /// Header `Project_id`, empty when absent.
  public let projectID: String
  /// The request's path; KubeEdge ignores it.
  public let path: String
  /// From the verified client certificate; nil without one.
  public let certificateCommonName: String?
  public let certificateOrganizations: [String]
  public let remoteAddress: String

  public init(
    nodeName: NodeName, projectID: String, path: String, certificateCommonName: String?,
    certificateOrganizations: [String], remoteAddress: String
  ) {
    self.nodeName = nodeName
    self.projectID = projectID
    self.path = path
    self.certificateCommonName = certificateCommonName
    self.certificateOrganizations = certificateOrganizations
    self.remoteAddress = remoteAddress
  }
}

/// The answer to a ``HubAdmission``.
public enum AdmissionDecision: Hashable, Sendable {
  case accept
  /// Answered with this HTTP status and the reason as its body, so it must hold no secrets.
  case refuse(status: Int, reason: String)
}

/// Ready-made admission rules.
public enum NodeAdmission {
  /// A node may only claim the name in its own certificate: `CN=system:node:<name>`, `O=system:nodes`.
  ///
  /// KubeEdge by default accepts any name from any holder of a certificate.
  public static let certificateBound: @Sendable (HubAdmission) -> AdmissionDecision = { admission in
    guard let commonName = admission.certificateCommonName else {
      return .refuse(status: 403, reason: "a node needs a client certificate")
    }
    guard admission.certificateOrganizations.contains("system:nodes"), commonName.hasPrefix("system:node:") else {
      return .refuse(status: 403, reason: "the client certificate is not a node's")
    }
    guard commonName == "system:node:\(admission.nodeName)" else {
      return .refuse(
        status: 403, reason: "node name \"\(admission.nodeName)\" is not the one in the client certificate")
    }
    return .accept
  }
}
#endif
