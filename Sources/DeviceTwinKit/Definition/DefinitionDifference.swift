/// What changed between two definitions of a device, by the effort that it needs.
///
/// The definition holds no status, so a report of the device's own status can never show up here and never makes a
/// mapper drop and re-create the device (FF-07).
public struct DefinitionDifference: Hashable, Sendable {
  /// Another object (uid): the twin starts anew.
  public var isOtherDevice: Bool
  /// Protocol or connection: the driver has to be made again.
  public var isConnectionChanged: Bool
  /// Properties added, removed, or reached in another way: the driver has to be made again.
  public var visitorsChanged: Set<PropertyName>
  /// Type, access, bounds or cycles changed: taken over while the driver goes on.
  public var rulesChanged: Set<PropertyName>
  public var desiredChanged: Set<PropertyName>

  public var needsNewDriver: Bool { isOtherDevice || isConnectionChanged || !visitorsChanged.isEmpty }
  public var isEmpty: Bool { !needsNewDriver && rulesChanged.isEmpty && desiredChanged.isEmpty }
}

extension DeviceDefinition {
  public func difference(from old: DeviceDefinition) -> DefinitionDifference {
    let olds = Dictionary(old.properties.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let news = Dictionary(properties.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var difference = DefinitionDifference(
      isOtherDevice: !identity.isSameDevice(as: old.identity),
      isConnectionChanged: protocolName != old.protocolName || connection != old.connection,
      visitorsChanged: Set(olds.keys).symmetricDifference(news.keys), rulesChanged: [], desiredChanged: [])
    for (name, new) in news {
      guard let old = olds[name] else {
        if new.desired != nil { difference.desiredChanged.insert(name) }
        continue
      }
      // The type belongs to the visitor too: it decides how registers are decoded.
      if new.visitor != old.visitor || new.schema.type != old.schema.type || new.schema.access != old.schema.access {
        difference.visitorsChanged.insert(name)
      } else if new.schema != old.schema || new.collectCycle != old.collectCycle || new.reportCycle != old.reportCycle {
        difference.rulesChanged.insert(name)
      }
      if new.desired != old.desired { difference.desiredChanged.insert(name) }
    }
    return difference
  }
}
