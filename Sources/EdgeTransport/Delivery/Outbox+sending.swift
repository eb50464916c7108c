extension Outbox {
  /// How many messages ``nextToSend(now:)`` hands out at once, besides one window, so that a break of the link in the middle
  /// costs little.
  static let maximumBatch = 256

  /// What to send now, in order: first what was not acknowledged in time, then what waits, by priority, as far as the
  /// window goes. Call again until it returns nothing.
  public mutating func nextToSend(now: Instant) -> [EdgeMessage] {
    var messages = overdue(now: now)
    releaseDeferred(now: now)
    let limit = min(Self.maximumBatch, window.size)
    lanes: for lane in lanes.indices {
      while messages.count < limit, let ticket = lanes[lane].first {
        let slot = ticket.place
        guard objects[slot].ticket == ticket.stamp, let entry = objects[slot].head else {
          _ = lanes[lane].popFirst()
          continue
        }
        if entries[entry].item.needsAcknowledgement {
          let cost = entries[entry].item.cost
          let priority = policy(of: slot).priority
          // What is less urgent does not go around what waits for the window.
          guard window.admits(cost: cost, besides: flights.count, priority: priority) else { break lanes }
        }
        _ = lanes[lane].popFirst()
        objects[slot].ticket = nil
        _ = popFirst(of: slot)
        if let message = send(entry, of: slot, now: now) { messages.append(message) }
      }
    }
    return messages
  }

  private mutating func send(_ entry: Int, of slot: Int, now: Instant) -> EdgeMessage? {
    let message = entries[entry].item.message
    let number = classNumber(of: slot)
    defer { if objects[slot].entryCount > 0 { schedule(slot) } }
    guard entries[entry].item.needsAcknowledgement else {
      counterTable[number].sent += 1
      dispose(entry)
      return message
    }
    if let other = flights.updateValue(entry, forKey: message.id) {
      // The receiver would take the two for one, so they are one.
      flights[message.id] = other
      counterTable[number].stale += 1
      dispose(entry)
      return nil
    }
    entries[entry].stage = .inFlight
    entries[entry].order = nextStamp()
    entries[entry].transmissions = 1
    objects[slot].isExclusive = isExclusive(entry)
    objects[slot].inFlight += 1
    window.sent(cost: entries[entry].item.cost, count: flights.count)
    setDeadline(of: entry, now + configuration.retransmitAfter)
    counterTable[number].sent += 1
    return message
  }

  private mutating func setDeadline(of entry: Int, _ deadline: Instant) {
    entries[entry].flightStamp = nextStamp()
    retransmissions.insert(
      DeadlineQueue.Entry(due: deadline, element: entry, stamp: entries[entry].flightStamp))
  }

  private mutating func overdue(now: Instant) -> [EdgeMessage] {
    var late: [Int] = []
    var pipelined: Set<Int> = []
    while let first = retransmissions.first, first.due <= now {
      retransmissions.removeFirst()
      guard isValid(first) else { continue }
      late.append(first.element)
      let slot = entries[first.element].object
      if objects[slot].inFlight > 1 || objects[slot].isRecovering { pipelined.insert(slot) }
    }
    guard !late.isEmpty else { return [] }
    // Of several messages of one object the repetition begins with the oldest: the receiver applies them as they come.
    if !pipelined.isEmpty {
      late.removeAll { pipelined.contains(entries[$0].object) }
      late += flights.values.filter { pipelined.contains(entries[$0].object) }
    }
    late.sort { entries[$0].order < entries[$1].order }
    window.lost()
    var messages: [EdgeMessage] = []
    for entry in late {
      let slot = entries[entry].object
      if objects[slot].isRecovering {
        // An older one was refused and goes first.
        _ = land(entries[entry].item.message.id)
        waitAgain(entry)
        makeDroppable([entry])
        schedule(slot)
        continue
      }
      let patience = configuration.retransmitAfter * (1 << min(entries[entry].transmissions, 3))
      entries[entry].transmissions += 1
      setDeadline(of: entry, now + patience)
      counterTable[classNumber(of: slot)].retransmitted += 1
      counterTable[classNumber(of: slot)].sent += 1
      messages.append(entries[entry].item.message)
    }
    return messages
  }

  private mutating func releaseDeferred(now: Instant) {
    while let first = deferrals.first, first.due <= now {
      deferrals.removeFirst()
      guard objects[first.element].deferral?.stamp == first.stamp else { continue }
      objects[first.element].deferral = nil
      schedule(first.element)
    }
  }

  private func isValid(_ deadline: DeadlineQueue.Entry) -> Bool {
    entries[deadline.element].stage == .inFlight && entries[deadline.element].flightStamp == deadline.stamp
  }

  /// Removes deadlines that no longer matter, as far as they stand in front or have become the majority.
  mutating func pruneDeadlines() {
    while let first = retransmissions.first, !isValid(first) { retransmissions.removeFirst() }
    if retransmissions.count > 2 * flights.count + 64 { retransmissions.filter(isValid) }
    while let first = deferrals.first, objects[first.element].deferral?.stamp != first.stamp { deferrals.removeFirst() }
    if deferrals.count > 2 * slots.count + 64 {
      deferrals.filter { objects[$0.element].deferral?.stamp == $0.stamp }
    }
  }
}
