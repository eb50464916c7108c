#if Networking
import EdgePrimitives

/// A request for a node's name, after its evidence has been verified.
public struct NodeClaim: Sendable, Hashable {
  /// What speaks for the claim.
  public enum Evidence: Sendable, Hashable {
    /// A join token that any new node may use.
    case token
    /// A join token bound to this very name.
    case tokenBoundToNode
    /// The certificate the node has now, over mutual TLS; with the fingerprint of its key.
    case certificate(publicKeyFingerprint: String)
  }

  public let node: NodeName
  /// Of the key that asks for a certificate: hex SHA-256 of the DER public key.
  public let publicKeyFingerprint: String
  public let evidence: Evidence

  public init(node: NodeName, publicKeyFingerprint: String, evidence: Evidence) {
    self.node = node
    self.publicKeyFingerprint = publicKeyFingerprint
    self.evidence = evidence
  }
}

public enum ClaimDecision: Sendable, Hashable {
  /// The name belongs to the claim's key from now on.
  case granted
  case refused(reason: String)
  /// The claim could not be recorded; the node may try again.
  case unavailable(reason: String)
}

/// Decides who may have which node name, and remembers it: deciding and recording are one step, so that of two
/// strangers who claim the same new name at once only one gets it.
public protocol NodeClaims: Sendable {
  func claim(_ claim: NodeClaim) async -> ClaimDecision
  /// Whether the name has ever been granted.
  func isKnown(_ node: NodeName) async -> Bool
  /// Somebody has deleted the node: the next one who shows a token may have its name.
  func release(_ node: NodeName) async
}

/// The holder of a node name, and the rule by which it changes.
///
/// A name never seen is free, and one whose node was deleted is for whoever shows a token first. Its holder may ask again with the same key. Another key needs a token bound to the name,
/// or the holder's certificate (rotation). The key before the current one counts as the holder's too: when the answer to
/// a rotation is lost, the node still has only its old certificate. Older keys do not, so that an old stolen certificate
/// cannot take the name back.
public struct ClaimRecord: Sendable, Hashable {
  public let publicKeyFingerprint: String
  public let previousFingerprint: String?
  /// The node was deleted. Its certificate is still good, so it may come back by itself and rotate it, until another has
  /// its name.
  public let isReleased: Bool

  public init(publicKeyFingerprint: String, previousFingerprint: String? = nil, isReleased: Bool = false) {
    self.publicKeyFingerprint = publicKeyFingerprint
    self.previousFingerprint = previousFingerprint
    self.isReleased = isReleased
  }

  var released: ClaimRecord {
    ClaimRecord(
      publicKeyFingerprint: publicKeyFingerprint, previousFingerprint: previousFingerprint, isReleased: true)
  }

  /// Returns the record to keep when the claim is granted.
  public static func deciding(_ claim: NodeClaim, record: ClaimRecord?) -> (ClaimDecision, ClaimRecord?) {
    let new = claim.publicKeyFingerprint
    guard let record else {
      if case .certificate = claim.evidence {
        return (.refused(reason: "the node \(claim.node) is not known here"), nil)
      }
      return (.granted, ClaimRecord(publicKeyFingerprint: new))
    }
    if case .certificate(let presented) = claim.evidence {
      guard presented == record.publicKeyFingerprint || presented == record.previousFingerprint else {
        return (.refused(reason: "the certificate of node \(claim.node) has been superseded"), record)
      }
      return (.granted, ClaimRecord(publicKeyFingerprint: new, previousFingerprint: presented))
    }
    if new == record.publicKeyFingerprint {
      return (.granted, ClaimRecord(publicKeyFingerprint: new, previousFingerprint: record.previousFingerprint))
    }
    guard claim.evidence == .tokenBoundToNode || record.isReleased else {
      let reason = "the name \(claim.node) is taken by a node with another key; it needs a token bound to the name"
      return (.refused(reason: reason), record)
    }
    return (.granted, ClaimRecord(publicKeyFingerprint: new))
  }
}
#endif
