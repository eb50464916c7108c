#if Networking
import EdgeGRPC

/// What can be set about an ``EtcdServer``.
public struct EtcdServerConfiguration: Sendable {
  /// The member's name in lists.
  public var name = "default"
  /// Where clients reach the member, for those that ask it.
  public var advertisedClientURLs: [String] = []
  /// How often a watch that wants notes of progress gets one while nothing happens.
  public var watchProgressInterval: Duration = .seconds(600)
  /// Nil: only clients compact.
  public var autoCompaction: AutoCompaction?
  /// Watches at one time; further ones are refused.
  public var maximumWatches = 65_536
  /// The version of etcd whose API this is. API servers ask for progress only of 3.5.13 and later.
  public var version = "3.5.30"

  public init() {}
}

extension GRPCServerConfiguration {
  /// etcd's limits: requests of 1.5 MiB and half a MiB of overhead, pings no more often than every 5 seconds.
  public static func etcd(host: String = "127.0.0.1", port: Int) -> GRPCServerConfiguration {
    var configuration = GRPCServerConfiguration(host: host, port: port)
    configuration.maximumMessageBytes = 2 << 20
    return configuration
  }
}
#endif
