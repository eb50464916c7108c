import EdgePrimitives

/// Where a desired value stands.
///
///     pending -> attempted -> applied | clamped | refused
///        |           |
///        +-----------+-----> expired | cleared | (replaced by a newer version)
public enum DesiredState: Hashable, Sendable {
  /// Known here; the device has not been asked yet.
  case pending
  /// A write was, or is about to be, sent. `before` is what the device held then: after a crash or a lost answer it
  /// tells a write that never arrived (the device still holds `before`) from one that was clamped.
  case attempted(before: PropertyValue?)
  /// The device holds the desired value.
  case applied
  /// The device took the write and holds something else.
  case clamped(actual: PropertyValue)
  /// The value was never written or the device said no; it will not be tried again.
  case refused(reason: String)
  /// Its time ran out before it could be applied.
  case expired
  /// Withdrawn: nothing is desired.
  case cleared

  /// The word in KubeEdge's metadata. An attempt under way is still `pending` to its reader.
  public var name: String {
    switch self {
    case .pending, .attempted: "pending"
    case .applied: "applied"
    case .clamped: "clamped"
    case .refused: "refused"
    case .expired: "expired"
    case .cleared: "cleared"
    }
  }

  /// Whether the device still has to be asked.
  public var isOpen: Bool {
    switch self {
    case .pending, .attempted: true
    case .applied, .clamped, .refused, .expired, .cleared: false
    }
  }
}

/// What somebody wants a property to be. Its ``version`` is its identity: once a version has left the open states it
/// is written again only to a device that lost it while it was out of touch.
public struct DesiredValue: Hashable, Sendable {
  /// The value as its author wrote it; nil once cleared.
  public let text: String?
  public let version: HybridTimestamp
  /// Not to be applied at or after this time.
  public let expiresAt: Timestamp?
  public private(set) var state: DesiredState
  /// When ``state`` was reached.
  public private(set) var changedAt: HybridTimestamp

  public init(text: String?, version: HybridTimestamp, expiresAt: Timestamp? = nil, state: DesiredState) {
    self.init(text: text, version: version, expiresAt: expiresAt, state: state, changedAt: version)
  }

  init(text: String?, version: HybridTimestamp, expiresAt: Timestamp?, state: DesiredState, changedAt: HybridTimestamp)
  {
    self.text = text
    self.version = version
    self.expiresAt = expiresAt
    self.state = state
    self.changedAt = changedAt
  }

  mutating func move(to state: DesiredState, at timestamp: HybridTimestamp) {
    self.state = state
    changedAt = timestamp
  }
}

extension DesiredValue: Mergeable {
  var mergeOrder: MergeOrder {
    let detail: String =
      switch state {
      case .attempted(let before): "attempted " + (before?.canonicalText ?? "")
      case .clamped(let actual): "clamped " + actual.canonicalText
      case .refused(let reason): "refused " + reason
      case .pending, .applied, .expired, .cleared: state.name
      }
    let expiry = expiresAt.map { String($0.nanosecondsSinceEpoch) } ?? ""
    return MergeOrder(
      first: version, second: changedAt, rest: "\(detail)\u{0}\(expiry)\u{0}\(text.map { "=" + $0 } ?? "")")
  }
}
