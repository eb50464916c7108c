extension Outbox {
  /// The peer has applied the message with this id. Returns its item, nil when nothing with that id is on its way.
  @discardableResult
  public mutating func acknowledged(parentID: String) -> DeliveryItem? {
    guard let item = land(parentID) else { return nil }
    counters.acknowledged += 1
    // An applied item without a version stands above every version that was taken before it.
    let isNewest = objects[item.objectKey]?.waiting == nil
    if let version = item.version ?? (isNewest ? objects[item.objectKey]?.highest : nil) {
      remembered.record(version, for: item.objectKey)
    }
    settle(item.objectKey)
    return item
  }

  /// The peer has refused the message with this id.
  /// - Parameter retryAt: when to try again; nil gives it up. A newer version that waits goes out in either case, at
  ///   once, in its place.
  @discardableResult
  public mutating func rejected(parentID: String, retryAt: Instant?) -> DeliveryItem? {
    guard let item = land(parentID) else { return nil }
    counters.rejected += 1
    if let retryAt, objects[item.objectKey]?.waiting == nil {
      objects[item.objectKey]?.waiting = item
      objects[item.objectKey]?.deferredUntil = retryAt
      waitingCount += 1
      pendingBytes += item.cost
      deferred.append(item.objectKey)
    } else {
      settle(item.objectKey)
    }
    return item
  }

  /// The connection is gone. What was on its way goes first on the next one, in its old order and under its old ids.
  ///
  /// An item in flight with a newer version behind it is not sent again: the newer one takes its place at the front.
  public mutating func connectionLost() {
    var front: [String] = []
    for (id, flight) in flights.sorted(by: { $0.value.order < $1.value.order }) {
      let key = flight.item.objectKey
      front.append(key)
      objects[key]?.inFlight = nil
      if objects[key]?.waiting == nil {
        objects[key]?.waiting = flight.item
        waitingCount += 1
        counters.returned += 1
      } else {
        pendingBytes -= flight.item.cost
        counters.coalesced += 1
      }
      flights[id] = nil
    }
    earliestDeadline = nil
    ready.prepend(front)
  }

  /// Forgets what the peer has acknowledged, so that every object may be delivered anew: the peer lost its database.
  public mutating func forgetAcknowledged() { remembered.removeAll() }

  /// Forgets one object's acknowledged version, for instance when the object is gone for good.
  public mutating func forgetAcknowledged(objectKey: String) { remembered.remove(objectKey) }

  /// Takes the flight with this id out of the window.
  private mutating func land(_ id: String) -> DeliveryItem? {
    guard let flight = flights.removeValue(forKey: id) else {
      counters.unmatchedAnswers += 1
      return nil
    }
    pendingBytes -= flight.item.cost
    objects[flight.item.objectKey]?.inFlight = nil
    if flights.isEmpty { earliestDeadline = nil }
    return flight.item
  }

  /// Lets the next version of an object go, or forgets the object.
  private mutating func settle(_ key: String) {
    if objects[key]?.waiting != nil {
      ready.append(key)
    } else {
      objects[key] = nil
    }
  }
}
