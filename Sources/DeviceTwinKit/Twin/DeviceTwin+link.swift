import EdgePrimitives

// The device's link: up, down, silent.
extension DeviceTwin {
  /// The driver has a connection. Everything is read first, so that the delta is computed against what the device
  /// holds now and not against what it held before (FF-19).
  public mutating func deviceConnected(now: Timestamp) -> [TwinDirective] {
    link = .up(writing: [:])
    unconfirmed = Set(
      properties.filter { name, property in
        guard let desired = property.desired, let last = property.reported else { return false }
        return heldValue(of: desired, name)?.isEquivalent(to: last.value, resolution: schemas[name]?.resolution ?? 0)
          ?? false
      }.keys)
    return schemas.isEmpty ? [] : [.read(Set(schemas.keys))]
  }

  /// The link is gone, or could not be made. Writes under way keep their `attempted` state: the next reading tells
  /// what became of them.
  public mutating func deviceLost(reason: String, now: Timestamp) -> [TwinDirective] {
    link = .down
    missedCycles = [:]
    let changed = markAllStale()
    let moved = moveCondition(to: .offline, reason: reason, now: now)
    return changed.isEmpty && !moved ? [] : [.publish(changed)]
  }

  /// A poll of these properties brought no answer although the link stands.
  public mutating func readMissed(_ names: some Sequence<PropertyName>, reason: String, now: Timestamp)
    -> [TwinDirective]
  {
    var changed: Set<PropertyName> = []
    var isSilent = false
    for name in names where schemas[name] != nil {
      let missed = (missedCycles[name] ?? 0) + 1
      missedCycles[name] = missed
      guard missed >= missedCyclesUntilStale else { continue }
      isSilent = true
      if document.properties[name]?.reported?.quality == .good {
        document.properties[name]?.reported?.quality = .stale
        changed.insert(name)
      }
    }
    let moved = isSilent && moveCondition(to: .unhealthy, reason: reason, now: now)
    return changed.isEmpty && !moved ? [] : [.publish(changed)]
  }

  /// Time has passed: desired values whose time ran out expire.
  public mutating func clockAdvanced(now: Timestamp) -> [TwinDirective] {
    var expired: Set<PropertyName> = []
    for (name, property) in properties {
      guard let desired = property.desired, desired.state.isOpen, let expiry = desired.expiresAt, now >= expiry else {
        continue
      }
      document.properties[name]?.desired?.move(to: .expired, at: clock.tick(now: now))
      expired.insert(name)
    }
    return expired.isEmpty ? [] : [.publish(expired)]
  }

  /// Returns whether the state changed; a mere change of reason is kept but is no news.
  mutating func moveCondition(to state: DeviceState, reason: String, now: Timestamp) -> Bool {
    let isNews = document.condition.state != state
    document.condition.state = state
    document.condition.reason = reason
    if state == .online { document.condition.lastOnline = now }
    document.condition.timestamp = clock.tick(now: now)
    return isNews
  }
}
