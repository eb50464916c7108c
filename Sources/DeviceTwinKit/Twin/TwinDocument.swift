/// The two sides of one property.
public struct PropertyTwin: Hashable, Sendable {
  public internal(set) var desired: DesiredValue?
  public internal(set) var reported: TwinValue?

  public init(desired: DesiredValue? = nil, reported: TwinValue? = nil) {
    self.desired = desired
    self.reported = reported
  }

  /// Whether the device does not (yet) hold what is desired and still has to be asked.
  public var isInDelta: Bool { desired?.state.isOpen ?? false }
}

/// Everything that two replicas of a twin exchange: both sides of each property and the device's condition.
///
/// Merging is commutative, associative and idempotent: each part is a register of which the causally later one wins.
public struct TwinDocument: Hashable, Sendable {
  public internal(set) var properties: [PropertyName: PropertyTwin]
  public internal(set) var condition: DeviceCondition

  public init(properties: [PropertyName: PropertyTwin] = [:], condition: DeviceCondition = DeviceCondition()) {
    self.properties = properties
    self.condition = condition
  }

  public mutating func merge(_ other: TwinDocument) {
    for (name, theirs) in other.properties {
      let ours = properties[name]
      properties[name] = PropertyTwin(
        desired: .merged(ours?.desired, theirs.desired), reported: .merged(ours?.reported, theirs.reported))
    }
    condition = .merged(condition, other.condition) ?? condition
  }

  public func merging(_ other: TwinDocument) -> TwinDocument {
    var result = self
    result.merge(other)
    return result
  }
}
