#if Networking
import EdgePrimitives
import EdgeStore
import EtcdAPI

/// What a member of a cluster of one says of itself. Clients compare the ids between answers and between members, so they
/// are random, and kept beside the data: a store that is another one must not pass for this one.
public struct MemberIdentity: Hashable, Sendable {
  public var clusterID: UInt64
  public var memberID: UInt64
  /// Raised by one at each start, as a single etcd that elects itself anew does.
  public var raftTerm: UInt64

  public init(clusterID: UInt64, memberID: UInt64, raftTerm: UInt64) {
    self.clusterID = clusterID
    self.memberID = memberID
    self.raftTerm = raftTerm
  }

  /// A new cluster. Zero is no id.
  public static func random(from entropy: any EntropySource) -> MemberIdentity {
    MemberIdentity(clusterID: max(entropy.next(), 1), memberID: max(entropy.next(), 1), raftTerm: 1)
  }

  func header(_ revision: Revision) -> Etcd.ResponseHeader {
    Etcd.ResponseHeader(
      clusterID: clusterID, memberID: memberID, revision: revision.rawValue, raftTerm: raftTerm)
  }
}
#endif
