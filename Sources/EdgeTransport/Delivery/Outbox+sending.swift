extension Outbox {
  /// What to send now, in order: first what was not acknowledged in time, then what waits, as far as the window goes.
  ///
  /// It hands out at most one window per call, so that a break of the link in the middle costs little; call again
  /// until it returns nothing.
  public mutating func nextToSend(now: Instant) -> [EdgeMessage] {
    var messages = overdue(now: now)
    releaseDeferred(now: now)
    while messages.count < configuration.window {
      guard let key = ready.first else { break }
      guard var object = objects[key], let item = object.waiting else {
        preconditionFailure("a ready object has an item waiting")
      }
      if item.needsAcknowledgement && flights.count >= configuration.window { break }
      _ = ready.popFirst()
      object.waiting = nil
      waitingCount -= 1
      if item.needsAcknowledgement {
        precondition(flights[item.message.id] == nil, "each message has its own id")
        sendOrder += 1
        let deadline = now.advanced(by: configuration.retransmitAfter)
        flights[item.message.id] = Flight(item: item, order: sendOrder, transmissions: 1, deadline: deadline)
        earliestDeadline = earliestDeadline.map { min($0, deadline) } ?? deadline
        object.inFlight = item.message.id
        objects[key] = object
      } else {
        pendingBytes -= item.cost
        objects[key] = nil
      }
      messages.append(item.message)
    }
    counters.sent += messages.count
    return messages
  }

  private mutating func overdue(now: Instant) -> [EdgeMessage] {
    guard let earliest = earliestDeadline, earliest <= now else { return [] }
    let late = flights.filter { $0.value.deadline <= now }.sorted { $0.value.order < $1.value.order }
    for (id, flight) in late {
      let patience = configuration.retransmitAfter * (1 << min(flight.transmissions, 3))
      flights[id]?.transmissions += 1
      flights[id]?.deadline = now.advanced(by: patience)
    }
    earliestDeadline = flights.values.map(\.deadline).min()
    counters.retransmitted += late.count
    return late.map(\.value.item.message)
  }

  private mutating func releaseDeferred(now: Instant) {
    guard !deferred.isEmpty else { return }
    deferred.removeAll { key in
      guard let due = objects[key]?.deferredUntil, due <= now else { return false }
      objects[key]?.deferredUntil = nil
      ready.append(key)
      return true
    }
  }
}
