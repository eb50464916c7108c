#if Networking
import EdgeIdentity
import EdgeTransport

/// What a hub does for its nodes beyond their connections.
public struct HubServiceConfiguration: Sendable {
  /// How long a session waits for the node's inventory before it takes the node for a KubeEdge EdgeCore, which tells none.
  public var inventoryTimeout: Duration = .seconds(5)
  /// Of each node's link. Objects and twins are of session classes, see ``standardOutbox``.
  public var link = Self.standardLink
  public var dispatch = DispatchLimits()
  public var upstream = UpstreamLimits()
  /// Takes what EdgeCores report about upgrades and other jobs; nil counts and drops it.
  public var nodeJobs: NodeJobHandler?
  /// The certificate of the API server's authority, PEM, for EdgeCores whose local API checks tokens.
  public var clusterAuthorityPEM: String?
  /// Makes the tokens of ServiceAccounts that pods of EdgeCores mount; nil refuses them.
  public var serviceAccountTokens: ServiceAccountTokenIssuer?
  /// What nodes may ask of the API through their EdgeCore's MetaServer.
  public var metaServer = MetaServerAccess.reads
  /// How often queues are measured for the metrics.
  public var metricsInterval: Duration = .seconds(10)

  public init() {}

  /// The classes of what a hub sends beside the objects of a node: durable, each with its own policy.
  ///
  /// | class | kept while the node is away | when there is no room |
  /// |---|---|---|
  /// | `commands` | all, up to 8 MiB | refused |
  /// | `settings` | the newest of each resource | refused |
  /// | `events` | all, up to 8 MiB | refused |
  /// | `readings` | the newest 1 MiB | the oldest go, and are counted |
  public static let messageClasses: Set<DeliveryClass> = [.commands, .settings, .events, .readings]
  /// The classes of a node's objects. They are stored nowhere: each session computes anew what the node lacks.
  static let objectClasses: Set<DeliveryClass> = [.control, .twin, .objects]

  static let standardLink: MessageLink.Configuration = {
    var link = MessageLink.Configuration()
    for deliveryClass in objectClasses { link.outbox[deliveryClass].persistence = .session }
    link.outbox[.commands] = DeliveryPolicy(priority: .objects, retention: .all(maximumBytes: 8 << 20))
    link.outbox[.settings] = DeliveryPolicy(priority: .objects, retention: .latest)
    link.outbox[.events] = DeliveryPolicy(
      priority: .bulk, retention: .all(maximumBytes: 8 << 20), maximumInFlightPerObject: 64)
    link.outbox[.readings] = DeliveryPolicy(priority: .bulk, retention: .dropOldest(maximumBytes: 1 << 20))
    return link
  }()
}
#endif
