import EdgePrimitives

// What the device says, and the only place where writes are decided.
extension DeviceTwin {
  /// A read came back. Properties that the schema does not know are ignored.
  public mutating func readingsArrived(_ readings: [PropertyName: Reading], now: Timestamp) -> [TwinDirective] {
    guard case .up = link else { return [] }
    var changed: Set<PropertyName> = []
    var isAnyGood = false
    for (name, reading) in readings where schemas[name] != nil {
      missedCycles[name] = 0
      switch reading {
      case .value(let value):
        isAnyGood = true
        if record(value, for: name, now: now) { changed.insert(name) }
      case .bad(let reason):
        guard document.properties[name]?.reported != nil else { continue }
        let quality = ValueQuality.bad(reason: reason)
        if document.properties[name]?.reported?.quality != quality {
          document.properties[name]?.reported?.quality = quality
          changed.insert(name)
        }
      }
    }
    let moved =
      if isAnyGood {
        moveCondition(to: .online, reason: "", now: now)
      } else if case .bad(let reason)? = readings.first?.value {
        moveCondition(to: .unhealthy, reason: reason, now: now)
      } else {
        false
      }
    return settle(Set(readings.keys), changed: changed, isUrgent: moved, now: now)
  }

  /// The outcome of a ``TwinDirective/write(_:_:version:)``.
  public mutating func writeFinished(
    _ name: PropertyName, version: HybridTimestamp, outcome: WriteOutcome, now: Timestamp
  ) -> [TwinDirective] {
    guard case .up(var writing) = link, writing.removeValue(forKey: name) == version else { return [] }
    link = .up(writing: writing)
    var changed: Set<PropertyName> = []
    if case .readBack(let value) = outcome, record(value, for: name, now: now) { changed.insert(name) }
    guard let desired = document.properties[name]?.desired, desired.version == version, desired.state.isOpen,
      let wanted = wantedValue(of: desired, name)
    else {
      // Replaced, cleared or expired while the write was under way. What is desired now is settled by a new reading.
      let next: [TwinDirective] = delta.contains(name) ? [.read([name])] : []
      return (changed.isEmpty ? [] : [.report(changed)]) + next
    }
    switch outcome {
    case .readBack(let value):
      let isSame = wanted.isEquivalent(to: value, resolution: schemas[name]?.resolution ?? 0)
      move(name, to: isSame ? .applied : .clamped(actual: value), now: now)
    case .refused(let reason): move(name, to: .refused(reason: reason), now: now)
    // Stays attempted: the next poll reads and decides.
    case .unknown: return changed.isEmpty ? [] : [.report(changed)]
    }
    return [.publish(changed.union([name]))]
  }

  /// Compares what was just read with what is desired. All that changed is published before the first write.
  private mutating func settle(
    _ names: Set<PropertyName>, changed: Set<PropertyName>, isUrgent: Bool, now: Timestamp
  ) -> [TwinDirective] {
    guard case .up(var writing) = link else { return [] }
    var changed = changed
    var isUrgent = isUrgent
    var writes: [TwinDirective] = []
    for name in names.sorted() {
      guard let property = document.properties[name], let desired = property.desired, writing[name] == nil,
        let reported = property.reported, reported.quality == .good, let wanted = wantedValue(of: desired, name)
      else { continue }
      let resolution = schemas[name]?.resolution ?? 0
      if !desired.state.isOpen {
        guard unconfirmed.remove(name) != nil, let held = heldValue(of: desired, name),
          !held.isEquivalent(to: reported.value, resolution: resolution)
        else { continue }
      }
      if let expiry = desired.expiresAt, now >= expiry {
        move(name, to: .expired, now: now)
      } else if wanted.isEquivalent(to: reported.value, resolution: resolution) {
        move(name, to: .applied, now: now)
      } else if case .attempted(let before?) = desired.state,
        !before.isEquivalent(to: reported.value, resolution: resolution)
      {
        // The earlier write did take effect, only not as asked: it is not repeated.
        move(name, to: .clamped(actual: reported.value), now: now)
      } else {
        writing[name] = desired.version
        writes.append(.write(name, wanted, version: desired.version))
        if desired.state == .attempted(before: reported.value) { continue }
        move(name, to: .attempted(before: reported.value), now: now)
      }
      changed.insert(name)
      isUrgent = true
    }
    link = .up(writing: writing)
    if isUrgent { return [.publish(changed)] + writes }
    return (changed.isEmpty ? [] : [.report(changed)]) + writes
  }

  /// Returns whether value or quality changed; the timestamp of an unchanged value moves on silently.
  private mutating func record(_ value: PropertyValue, for name: PropertyName, now: Timestamp) -> Bool {
    let previous = document.properties[name]?.reported
    document.properties[name, default: PropertyTwin()].reported = TwinValue(
      value: value, timestamp: clock.tick(now: now), quality: .good)
    return previous?.value != value || previous?.quality != .good
  }

  mutating func move(_ name: PropertyName, to state: DesiredState, now: Timestamp) {
    document.properties[name]?.desired?.move(to: state, at: clock.tick(now: now))
  }

  /// What the device holds as long as a settled desired value stands; nil when none is settled that way.
  func heldValue(of desired: DesiredValue, _ name: PropertyName) -> PropertyValue? {
    switch desired.state {
    case .applied: wantedValue(of: desired, name)
    case .clamped(let actual): actual
    case .pending, .attempted, .refused, .expired, .cleared: nil
    }
  }

  private func wantedValue(of desired: DesiredValue, _ name: PropertyName) -> PropertyValue? {
    guard let text = desired.text, let schema = schemas[name], case .valid(let value) = schema.validate(text) else {
      return nil
    }
    return value
  }
}
