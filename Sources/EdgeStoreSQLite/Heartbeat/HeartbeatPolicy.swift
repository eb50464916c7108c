#if SQLite
import EdgeStore

/// Which keys may be written to the disk less often than they change (FF-09): node leases, renewed every ten seconds by
/// every node for as long as a cluster lives, wear out a flash card.
///
/// An update of such a key is exact in memory, in reads, compares and watches, and is acknowledged before it is on the disk;
/// the newest version of each is written at most once in an ``interval``, before a snapshot or a backup, and at the end.
/// Only a transaction that does nothing but update existing keys of these prefixes, under the leases they have, is a
/// heartbeat; creations, deletions and everything that touches another key are as durable as ever.
///
/// What a crash takes: of each such key the versions after the last one written; the key itself, with an older value, is
/// there. No revision is given out twice: revisions are reserved on the disk ahead of their use, and after a crash the store
/// goes on behind those reserved. The past of these keys ends with the process, and reaches back only as far as memory:
/// below that, reads and watches of ranges that contain such keys are refused with `compacted` as if it had been compacted;
/// all other ranges are not affected.
public struct HeartbeatPolicy: Hashable, Sendable {
  /// The keys are those that begin with one of these.
  public var prefixes: [StoreKey]
  /// The least time between two writes of a key's newest version.
  public var interval: Duration
  /// How many revisions are reserved at once; after a crash as many may be left out.
  public var reservedRevisions: Int

  public init(prefixes: [StoreKey], interval: Duration = .seconds(60), reservedRevisions: Int = 10_000) {
    precondition(interval > .zero && reservedRevisions >= 1)
    self.prefixes = prefixes
    self.interval = interval
    self.reservedRevisions = reservedRevisions
  }

  /// The keys in which a Kubernetes API server keeps that nodes, and it itself, are alive.
  public static let kubernetes = HeartbeatPolicy(
    prefixes: ["/registry/leases/kube-node-lease/", "/registry/masterleases/"])

  var keys: [KeyRange] { prefixes.map { .prefix($0) } }

  /// The prefixes in one value, by which a database tells whether they are still the same.
  var signature: [UInt8] {
    prefixes.sorted().flatMap { prefix in
      (0..<4).map { UInt8(truncatingIfNeeded: prefix.bytes.count >> ($0 * 8)) } + prefix.bytes
    }
  }
}
#endif
