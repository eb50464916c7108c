import EdgePrimitives

/// What a node tells the cloud about the properties of a twin, in KubeEdge's terms: everything is text.
///
/// It has two wire forms, the content of an `edge_updated` message and the entries of `DeviceStatus.status.twins`;
/// each can be read back. Values carry their causal time, so a report that is delivered twice or late changes nothing
/// (``merge(_:)``).
public struct TwinReport: Hashable, Sendable {
  public struct Reported: Hashable, Sendable {
    public var value: String
    /// When the device last confirmed the value.
    public var timestamp: Timestamp
    /// `good`, `stale` or `bad`; nil from a peer that knows no quality.
    public var quality: String?
    public var reason: String?
    public var version: HybridTimestamp?
  }

  public struct Desired: Hashable, Sendable {
    public var value: String
    /// When the present state was reached.
    public var timestamp: Timestamp
    /// `pending`, `applied`, `refused`, `clamped`, `expired` or `cleared`; nil from a peer that knows no states.
    public var state: String?
    public var reason: String?
    /// What a device that clamped the value holds.
    public var actual: String?
    /// The identity of the desired value, and the time of its present state.
    public var version: HybridTimestamp?
    public var changed: HybridTimestamp?
  }

  public struct Property: Hashable, Sendable {
    /// KubeEdge's type word in lower case.
    public var type: String
    public var reported: Reported?
    public var desired: Desired?

    public init(type: String, reported: Reported? = nil, desired: Desired? = nil) {
      self.type = type
      self.reported = reported
      self.desired = desired
    }
  }

  public var properties: [PropertyName: Property]

  public init(properties: [PropertyName: Property] = [:]) { self.properties = properties }

  /// Properties that have neither side have nothing to tell and are left out.
  ///
  /// - Parameter names: the properties to tell about; nil for all.
  public init(of twin: DeviceTwin, only names: Set<PropertyName>? = nil) {
    properties = [:]
    for (name, property) in twin.properties
    where (names?.contains(name) ?? true) && property != PropertyTwin() {
      let type = twin.schema(of: name)?.type.rawValue.lowercased() ?? "string"
      properties[name] = Property(
        type: type, reported: property.reported.map(Reported.init), desired: property.desired.map(Desired.init))
    }
  }

  /// Takes over whatever is later in `newer`.
  public mutating func merge(_ newer: TwinReport) {
    for (name, theirs) in newer.properties {
      guard let ours = properties[name] else {
        properties[name] = theirs
        continue
      }
      let reported = Self.isLater(theirs.reported?.order, than: ours.reported?.order) ? theirs.reported : ours.reported
      let desired = Self.isLater(theirs.desired?.order, than: ours.desired?.order) ? theirs.desired : ours.desired
      properties[name] = Property(type: theirs.type, reported: reported, desired: desired)
    }
  }

  private static func isLater(_ left: MergeOrder?, than right: MergeOrder?) -> Bool {
    guard let left else { return false }
    return right.map { $0 < left } ?? true
  }
}

extension TwinReport.Reported {
  fileprivate init(_ value: TwinValue) {
    self.init(
      value: value.value.text, timestamp: Timestamp(millisecondsSinceEpoch: value.timestamp.wallMilliseconds),
      quality: value.quality.name, reason: nil, version: value.timestamp)
    if case .bad(let reason) = value.quality { self.reason = reason }
  }

  // A peer without hybrid clock counts by its milliseconds; doubt about a value wins at equal time, as in TwinValue.
  fileprivate var order: MergeOrder {
    let rank: UInt32 = quality == "bad" ? 2 : quality == "stale" ? 1 : 0
    return MergeOrder(
      first: version ?? HybridTimestamp(wallMilliseconds: timestamp.millisecondsSinceEpoch, counter: 0, node: ""),
      second: HybridTimestamp(wallMilliseconds: 0, counter: rank, node: reason ?? ""), rest: value)
  }
}

extension TwinReport.Desired {
  fileprivate init(_ desired: DesiredValue) {
    self.init(
      value: desired.text ?? "",
      timestamp: Timestamp(millisecondsSinceEpoch: desired.changedAt.wallMilliseconds), state: desired.state.name,
      reason: nil, actual: nil, version: desired.version, changed: desired.changedAt)
    switch desired.state {
    case .refused(let reason): self.reason = reason
    case .clamped(let value): actual = value.text
    case .pending, .attempted, .applied, .expired, .cleared: break
    }
  }

  fileprivate var order: MergeOrder {
    let time = HybridTimestamp(wallMilliseconds: timestamp.millisecondsSinceEpoch, counter: 0, node: "")
    return MergeOrder(first: version ?? time, second: changed ?? time, rest: "\(state ?? "")\u{0}\(value)")
  }
}
