import EdgePrimitives

// What people and programs want: from the Device object, from another replica, or set here at the edge (FF-18).
extension DeviceTwin {
  /// Somebody wants a property to have this value; nil withdraws what was wanted.
  ///
  /// - Parameters:
  ///   - stamp: the causal time of the wish, when its author keeps a hybrid clock; nil takes the time of arrival.
  ///     A wish that is not later than the present one is ignored.
  ///   - expiresAt: the wish is void from then on.
  public mutating func setDesired(
    _ text: String?, for name: PropertyName, stamp: HybridTimestamp? = nil, expiresAt: Timestamp? = nil, now: Timestamp
  ) -> [TwinDirective] {
    guard let schema = schemas[name] else { return [.refuse(name, reason: "the device has no such property")] }
    if let stamp, case .refused(let drift) = clock.receive(stamp, now: now) {
      return [.refuse(name, reason: "its time is \(drift) ahead of this node's clock")]
    }
    let version = stamp ?? clock.tick(now: now)
    if let current = document.properties[name]?.desired, current.version >= version { return [] }
    let state = Self.firstState(of: text, schema: schema)
    document.properties[name, default: PropertyTwin()].desired = DesiredValue(
      text: text, version: version, expiresAt: expiresAt, state: state)
    return [.publish([name])] + readIfOpen([name])
  }

  /// The Device object as it stands now: schemas are taken over, properties that are gone are forgotten, and desired
  /// values that differ from those the object carried before become new wishes, in the order of the object.
  public mutating func apply(_ definition: DeviceDefinition, now: Timestamp) -> [TwinDirective] {
    let previous = schemas
    schemas = Dictionary(definition.properties.map { ($0.name, $0.schema) }, uniquingKeysWith: { first, _ in first })
    var changed: Set<PropertyName> = []
    for name in document.properties.keys where schemas[name] == nil {
      document.properties[name] = nil
      seenRequests[name] = nil
      missedCycles[name] = nil
      changed.insert(name)
    }
    var directives: [TwinDirective] = []
    for property in definition.properties {
      let name = property.name
      if document.properties[name] == nil { document.properties[name] = PropertyTwin() }
      if property.desired == seenRequests[name] {
        // An open wish that a changed schema forbids must not stay open for ever.
        if let schema = schemas[name], previous[name] != schema, refuseIfForbidden(name, schema: schema, now: now) {
          changed.insert(name)
        }
        continue
      }
      seenRequests[name] = property.desired
      if property.desired == nil, document.properties[name]?.desired == nil { continue }
      directives += setDesired(
        property.desired?.text, for: name, stamp: credible(property.desired?.stamp, now: now),
        expiresAt: property.desired?.expiresAt, now: now)
    }
    return Self.gathered(directives, changed: changed)
  }

  /// Takes over what another replica of this twin knows. Properties that this device does not have, and values whose
  /// time cannot be true, are left out.
  public mutating func merge(_ other: TwinDocument, now: Timestamp) -> [TwinDirective] {
    var accepted = TwinDocument(condition: document.condition)
    for (name, theirs) in other.properties where schemas[name] != nil {
      var property = PropertyTwin()
      if let desired = theirs.desired, clock.receive(max(desired.version, desired.changedAt), now: now) == .accepted {
        property.desired = desired
      }
      if let reported = theirs.reported, clock.receive(reported.timestamp, now: now) == .accepted {
        property.reported = reported
      }
      accepted.properties[name] = property
    }
    if clock.receive(other.condition.timestamp, now: now) == .accepted { accepted.condition = other.condition }
    let before = document
    document.merge(accepted)
    var changed: Set<PropertyName> = []
    for (name, schema) in schemas where document.properties[name] != before.properties[name] {
      _ = refuseIfForbidden(name, schema: schema, now: now)
      changed.insert(name)
    }
    if changed.isEmpty && document.condition == before.condition { return [] }
    return [.publish(changed)] + readIfOpen(changed)
  }

  // A node without a battery-backed clock may boot in 1970. A wish of the cloud counts from its arrival then, for to
  // refuse it would be to lose it (FF-01).
  private mutating func credible(_ stamp: HybridTimestamp?, now: Timestamp) -> HybridTimestamp? {
    guard let stamp, clock.receive(stamp, now: now) == .accepted else { return nil }
    return stamp
  }

  private mutating func refuseIfForbidden(_ name: PropertyName, schema: PropertySchema, now: Timestamp) -> Bool {
    guard let desired = document.properties[name]?.desired, desired.state.isOpen,
      case .refused(let reason) = Self.firstState(of: desired.text, schema: schema)
    else { return false }
    move(name, to: .refused(reason: reason), now: now)
    return true
  }

  private static func firstState(of text: String?, schema: PropertySchema) -> DesiredState {
    guard let text else { return .cleared }
    if schema.access == .readOnly { return .refused(reason: "the property is read-only") }
    if case .refused(let reason) = schema.validate(text) { return .refused(reason: reason) }
    return .pending
  }

  private func readIfOpen(_ names: Set<PropertyName>) -> [TwinDirective] {
    guard case .up = link else { return [] }
    let open = names.intersection(delta)
    return open.isEmpty ? [] : [.read(open)]
  }

  /// One publication and one read for all the wishes of an object, however many it carries.
  private static func gathered(_ directives: [TwinDirective], changed: Set<PropertyName>) -> [TwinDirective] {
    var published = changed
    var read: Set<PropertyName> = []
    var rest: [TwinDirective] = []
    for directive in directives {
      switch directive {
      case .publish(let names): published.formUnion(names)
      case .read(let names): read.formUnion(names)
      case .report, .write, .refuse: rest.append(directive)
      }
    }
    return rest + (published.isEmpty ? [] : [.publish(published)]) + (read.isEmpty ? [] : [.read(read)])
  }
}
