import EdgePrimitives

/// What others want of a running mapper. Bounded by construction: one definition (the newest) and one wish per
/// property of that definition; what a newer one replaces is counted.
struct MapperInbox: Sendable {
  struct Wish: Sendable {
    var text: String?
    var expiresAt: Timestamp?
  }

  private(set) var definition: DeviceDefinition?
  private(set) var wishes: [PropertyName: Wish] = [:]
  private(set) var supersededRequests = 0
  private(set) var refusedRequests = 0
  /// The property names for which a wish is accepted.
  private var known: Set<PropertyName>

  init(known definition: DeviceDefinition) { known = Set(definition.properties.map(\.name)) }

  mutating func put(_ newer: DeviceDefinition) {
    if definition != nil { supersededRequests += 1 }
    definition = newer
    known = Set(newer.properties.map(\.name))
  }

  /// Returns false when the device has no such property.
  mutating func put(_ wish: Wish, for name: PropertyName) -> Bool {
    guard known.contains(name) else {
      refusedRequests += 1
      return false
    }
    if wishes.updateValue(wish, forKey: name) != nil { supersededRequests += 1 }
    return true
  }

  mutating func take() -> (definition: DeviceDefinition?, wishes: [PropertyName: Wish]) {
    defer {
      definition = nil
      wishes = [:]
    }
    return (definition, wishes)
  }
}
