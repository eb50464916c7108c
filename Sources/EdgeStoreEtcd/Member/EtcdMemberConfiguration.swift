#if Networking
import EdgePrimitives

/// One supervised member: where it lives, what it is called, where it is reached.
public struct EtcdMemberConfiguration: Sendable {
  /// The etcd program (3.4 or later): a path, or a name without a slash that is looked for in ``searchPath``.
  public var program = "etcd"
  /// Where programs are looked for, colon-separated.
  public var searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  /// Everything the member keeps: `etcd/` (its data), `tls/`, `snapshots/`, `member.json`.
  public var directory: String
  /// Unique in the cluster.
  public var name: String
  /// Where other members reach it, and where it listens. With `https` members know each other by certificates.
  public var peer: EtcdEndpoint
  /// Where clients reach it. With `https` clients need a certificate of the cluster's.
  public var client: EtcdEndpoint
  /// The address to listen on when the URLs have names or another machine's address; nil takes the URLs' hosts.
  public var listenHost: String?
  /// Further arguments for etcd, such as timings for far networks or a quota.
  public var arguments: [String] = []
  /// How long a member may take to stop in good order before it is killed.
  public var stopTimeout: Duration = .seconds(10)
  /// How long to wait before a member that ended by itself is started again.
  public var backoff = Backoff(base: .milliseconds(200), cap: .seconds(30))
  public var snapshots = EtcdSnapshotSchedule()

  public init(directory: String, name: String, peer: EtcdEndpoint, client: EtcdEndpoint) {
    self.directory = directory
    self.name = name
    self.peer = peer
    self.client = client
  }

  var dataDirectory: String { "\(directory)/etcd" }
  var snapshotDirectory: String { "\(directory)/snapshots" }

  /// What a shell would find.
  func find(_ program: String) throws(EtcdClusterError) -> String {
    if program.contains("/") { return program }
    if let path = FileTree.find(program, in: searchPath) { return path }
    throw EtcdClusterError(.notRunnable, "there is no \(program) in \(searchPath)")
  }

  func validate() throws(EtcdClusterError) {
    guard !name.isEmpty,
      name.utf8.allSatisfy({
        $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "/")
      })
    else { throw EtcdClusterError(.misconfigured, "\"\(name)\" is no name for a member") }
    guard directory.hasPrefix("/") else {
      throw EtcdClusterError(.misconfigured, "the directory must be an absolute path, not \(directory)")
    }
    if peer.host == client.host && peer.port == client.port {
      throw EtcdClusterError(.misconfigured, "peers and clients need ports of their own")
    }
  }
}

/// When copies of the database are put aside, and how many stay.
public struct EtcdSnapshotSchedule: Hashable, Sendable {
  /// Nil: none by itself.
  public var interval: Duration?
  /// The newest ones that stay.
  public var kept: Int

  public init(interval: Duration? = nil, kept: Int = 5) {
    precondition(kept >= 1, "a schedule keeps a snapshot at least")
    self.interval = interval
    self.kept = kept
  }
}
#endif
