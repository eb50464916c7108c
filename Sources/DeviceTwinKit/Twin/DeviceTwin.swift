import EdgePrimitives

/// The brain of one device's twin: desired and reported values, and what to do about their difference.
///
/// A value type without IO. One mutating method per event; each returns the directives that the shell
/// (``DeviceMapper``) performs. Three rules shape it:
///
/// - **Read before write.** Writes are decided in one place only, when a reading arrives. A desired value that the
///   device already holds, because an earlier life wrote it and crashed before saying so, becomes `applied` without a
///   second write (FF-01).
/// - **A version is written once, unless the device lost it.** What somebody changes at the device while it is watched
///   stands. But a device that held a desired value when it was last seen and comes back with another one (it was
///   restarted, say) is brought to it again (FF-19).
/// - **Values do not vanish.** A silent device turns its values stale; value and timestamp stay (FF-06).
public struct DeviceTwin: Hashable, Sendable {
  public let identity: DeviceIdentity
  public internal(set) var document: TwinDocument
  var clock: HybridClock
  var schemas: [PropertyName: PropertySchema]
  /// The desired value that the Device object last carried, per property: a request seen again is not a new request.
  var seenRequests: [PropertyName: DesiredRequest]
  /// Settled desired values that the device held when it was last seen, until a reading on the present link shows
  /// whether it still does.
  var unconfirmed: Set<PropertyName> = []
  /// Polls in a row that brought nothing, per property.
  var missedCycles: [PropertyName: Int] = [:]
  let missedCyclesUntilStale: Int
  var link: Link

  enum Link: Hashable, Sendable {
    case down
    /// `writing` holds the versions sent to the device whose outcome is not known yet.
    case up(writing: [PropertyName: HybridTimestamp])
  }

  /// - Parameters:
  ///   - snapshot: the state of an earlier life. It is ignored when it belongs to another device object (another uid):
  ///     a device that was deleted and created again starts anew. Its clock is kept in any case, so that time never
  ///     goes back.
  ///   - nodeTag: names this replica in timestamps; unique per node.
  ///   - missedCyclesUntilStale: after so many polls in a row without an answer a value is stale.
  public init(
    identity: DeviceIdentity, schemas: [PropertySchema] = [], restoring snapshot: TwinSnapshot? = nil, nodeTag: String,
    missedCyclesUntilStale: Int = 3
  ) {
    precondition(missedCyclesUntilStale > 0, "a value cannot be stale before a poll was missed")
    self.identity = identity
    self.schemas = Dictionary(schemas.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.missedCyclesUntilStale = missedCyclesUntilStale
    clock = HybridClock(node: nodeTag, latest: snapshot?.clock ?? .zero)
    link = .down
    if let snapshot, snapshot.identity.isSameDevice(as: identity) {
      document = snapshot.document
      seenRequests = snapshot.seenRequests
      markAllStale()
      document.condition.state = .unknown
    } else {
      document = TwinDocument()
      seenRequests = [:]
    }
    for name in self.schemas.keys where document.properties[name] == nil {
      document.properties[name] = PropertyTwin()
    }
  }

  /// Both sides of each property.
  public var properties: [PropertyName: PropertyTwin] { document.properties }
  public var condition: DeviceCondition { document.condition }
  public var state: DeviceState { document.condition.state }

  /// The properties whose desired value still has to reach the device.
  public var delta: Set<PropertyName> { Set(properties.filter { $0.value.isInDelta }.keys) }

  public func schema(of property: PropertyName) -> PropertySchema? { schemas[property] }

  /// The moment at which the next open desired value expires.
  public var nextExpiry: Timestamp? {
    properties.values.compactMap { $0.isInDelta ? $0.desired?.expiresAt : nil }.min()
  }

  /// What to keep so that a later life continues here.
  public var snapshot: TwinSnapshot {
    TwinSnapshot(identity: identity, document: document, clock: clock.latest, seenRequests: seenRequests)
  }

  /// Returns the properties that were good before.
  @discardableResult
  mutating func markAllStale() -> Set<PropertyName> {
    var changed: Set<PropertyName> = []
    for (name, property) in document.properties where property.reported?.quality == .good {
      document.properties[name]?.reported?.quality = .stale
      changed.insert(name)
    }
    return changed
  }
}
