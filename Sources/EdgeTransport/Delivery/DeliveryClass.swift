/// What kind of traffic an item is; the policy of its class says what happens to it while the peer cannot be reached.
///
/// Sixteen classes exist; seven have names and default policies. The raw value is written to disk, so a class keeps its
/// number for good.
public struct DeliveryClass: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// 0...15.
  public let rawValue: UInt8

  /// Nil when `rawValue` is not below 16.
  public init?(rawValue: UInt8) {
    guard Int(rawValue) < Self.count else { return nil }
    self.rawValue = rawValue
  }

  private init(standard rawValue: UInt8) { self.rawValue = rawValue }

  /// Sessions and leases: what tells the peer that this end is alive.
  public static let control = DeliveryClass(standard: 0)
  /// Desired and reported values of devices.
  public static let twin = DeliveryClass(standard: 1)
  /// Kubernetes objects and their status.
  public static let objects = DeliveryClass(standard: 2)
  /// Things that happened and must all arrive.
  public static let events = DeliveryClass(standard: 3)
  /// Readings of sensors: the newest matter, old ones may go.
  public static let readings = DeliveryClass(standard: 4)
  /// What the peer is told to do: each and in order.
  public static let commands = DeliveryClass(standard: 5)
  /// What the peer shall know the newest of, and that is kept nowhere else.
  public static let settings = DeliveryClass(standard: 6)

  static let count = 16

  public static func < (left: DeliveryClass, right: DeliveryClass) -> Bool { left.rawValue < right.rawValue }

  public var description: String {
    switch self {
    case .control: "control"
    case .twin: "twin"
    case .objects: "objects"
    case .events: "events"
    case .readings: "readings"
    case .commands: "commands"
    case .settings: "settings"
    default: "class-\(rawValue)"
    }
  }
}

/// Which waiting item goes first: strictly in this order, and within one priority in the order of arrival.
public enum DeliveryPriority: UInt8, CaseIterable, Hashable, Comparable, Sendable {
  case control, twin, objects, bulk

  public static func < (left: DeliveryPriority, right: DeliveryPriority) -> Bool { left.rawValue < right.rawValue }
}

/// How an outbox treats the items of one class.
public struct DeliveryPolicy: Hashable, Sendable {
  /// What is kept while the peer cannot be reached.
  public enum Retention: Hashable, Sendable {
    /// The newest state of each object: a newer one replaces an older, unsent one.
    case latest
    /// Everything, up to this many bytes; then the producer waits or is refused.
    case all(maximumBytes: Int)
    /// The newest of everything, up to this many bytes; the oldest unsent items go, and are counted.
    case dropOldest(maximumBytes: Int)
  }

  /// How long the items of the class live.
  public enum Persistence: Hashable, Sendable {
    /// In the journal, where the outbox has one: survives `kill -9`.
    case durable
    /// Lost with the process.
    case memory
    /// Ends with the connection, acknowledged or not: for what is computed anew when a connection begins, from what the peer
    /// then has. Kept over, it could overtake that.
    case session
  }

  public var priority: DeliveryPriority
  public var retention: Retention
  public var persistence: Persistence
  /// How many items of one object may be on their way at once, for items that carry no version. With more than one the
  /// order holds as long as the receiver is an ``Inbox``, or refuses nothing and loses nothing within a connection.
  /// Items of ``Retention/latest`` and items with a version always go one at a time.
  public var maximumInFlightPerObject: Int

  public init(
    priority: DeliveryPriority, retention: Retention, persistence: Persistence = .durable,
    maximumInFlightPerObject: Int = 1
  ) {
    precondition(maximumInFlightPerObject > 0, "an object must be able to move")
    self.priority = priority
    self.retention = retention
    self.persistence = persistence
    self.maximumInFlightPerObject = maximumInFlightPerObject
  }

  /// What the named classes do unless told otherwise; unnamed ones do as ``DeliveryClass/objects``.
  public static func standard(_ deliveryClass: DeliveryClass) -> DeliveryPolicy {
    switch deliveryClass {
    case .control: DeliveryPolicy(priority: .control, retention: .latest, persistence: .memory)
    case .twin: DeliveryPolicy(priority: .twin, retention: .latest)
    case .events:
      DeliveryPolicy(priority: .bulk, retention: .all(maximumBytes: 32 << 20), maximumInFlightPerObject: 256)
    case .commands: DeliveryPolicy(priority: .objects, retention: .all(maximumBytes: 8 << 20))
    case .readings:
      DeliveryPolicy(
        priority: .bulk, retention: .dropOldest(maximumBytes: 16 << 20), persistence: .memory,
        maximumInFlightPerObject: 256)
    default: DeliveryPolicy(priority: .objects, retention: .latest)
    }
  }

  var keepsLatestOnly: Bool { retention == .latest }
}
