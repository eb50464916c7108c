extension Outbox {
  /// The peer has applied the message with this id. Returns its item, nil when nothing with that id is on its way.
  @discardableResult
  public mutating func acknowledged(parentID: String) -> DeliveryItem? {
    guard let entry = land(parentID) else { return nil }
    window.acknowledged(leaving: flights.count)
    let slot = entries[entry].object
    let item = entries[entry].item
    counterTable[classNumber(of: slot)].acknowledged += 1
    if policy(of: slot).keepsLatestOnly {
      // An applied item without a version stands above every version that was taken before it.
      let isNewest = objects[slot].newestUnsent == nil
      if let version = item.version ?? (isNewest ? objects[slot].highest : nil) {
        remembered.record(version, for: item.objectKey)
      }
    }
    finish(entry, of: slot)
    return item
  }

  /// The peer has refused the message with this id.
  /// - Parameter retryAt: when to try again; nil gives it up. Where the latest state only is kept, a newer version
  ///   that waits goes out in either case, at once, in its place.
  @discardableResult
  public mutating func rejected(parentID: String, retryAt: Instant?) -> DeliveryItem? {
    guard let entry = land(parentID) else { return nil }
    let slot = entries[entry].object
    let item = entries[entry].item
    counterTable[classNumber(of: slot)].rejected += 1
    let isSuperseded = policy(of: slot).keepsLatestOnly && objects[slot].head != nil
    guard let retryAt, !isSuperseded else {
      finish(entry, of: slot, isAbandoned: !isSuperseded)
      return item
    }
    waitAgain(entry)
    makeDroppable([entry])
    objects[slot].isRecovering = objects[slot].inFlight > 0
    objects[slot].ticket = nil
    let stamp = nextStamp()
    // Of several refused messages of one object the last one says when to begin again.
    objects[slot].deferral = (retryAt, stamp)
    deferrals.insert(DeadlineQueue.Entry(due: retryAt, element: slot, stamp: stamp))
    return item
  }

  /// The connection is gone. What was on its way goes first on the next one, in its old order and under its old ids.
  ///
  /// An item in flight with a newer version behind it is not sent again: the newer one takes its place at the front.
  /// Items of session classes end. O(n log n) of what is in flight.
  public mutating func connectionLost() {
    defer { endSession() }
    let lost = flights.values.sorted { entries[$0].order < entries[$1].order }
    guard !lost.isEmpty else { return }
    let affected = lost.map { entries[$0].object }
    var returned: [Int] = []
    // The newest first, so that each goes to the very front of its object's line.
    for entry in lost.reversed() {
      let slot = entries[entry].object
      _ = land(entries[entry].item.message.id)
      if policy(of: slot).persistence == .session {
        counterTable[classNumber(of: slot)].ended += 1
        dispose(entry)
      } else if policy(of: slot).keepsLatestOnly && objects[slot].head != nil {
        counterTable[classNumber(of: slot)].coalesced += 1
        dispose(entry)
      } else {
        counterTable[classNumber(of: slot)].returned += 1
        waitAgain(entry)
        returned.append(entry)
      }
    }
    makeDroppable(returned.reversed())
    window.lost()
    scheduleFirst(affected)
  }

  /// Forgets what the peer has acknowledged, so that every object may be delivered anew: the peer lost its database.
  public mutating func forgetAcknowledged() { remembered.removeAll() }

  /// Forgets one object's acknowledged version, for instance when the object is gone for good.
  public mutating func forgetAcknowledged(objectKey: String) { remembered.remove(objectKey) }

  /// Takes the flight with this id out of the window.
  mutating func land(_ id: String) -> Int? {
    guard let entry = flights.removeValue(forKey: id) else {
      unmatchedAnswers += 1
      return nil
    }
    let slot = entries[entry].object
    window.landed(cost: entries[entry].item.cost)
    objects[slot].inFlight -= 1
    if objects[slot].inFlight == 0 {
      objects[slot].isExclusive = false
      objects[slot].isRecovering = false
    }
    entries[entry].flightStamp = 0
    pruneDeadlines()
    return entry
  }

  /// Ends an entry that has left the window, and lets the next one of its object go.
  private mutating func finish(_ entry: Int, of slot: Int, isAbandoned: Bool = false) {
    let remains = objects[slot].entryCount > 1
    dispose(entry, isAbandoned: isAbandoned)
    if remains { schedule(slot) }
  }
}
