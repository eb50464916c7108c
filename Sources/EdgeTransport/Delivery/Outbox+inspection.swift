extension Outbox {
  /// The item that is on its way under this message id.
  public func itemInFlight(messageID: String) -> DeliveryItem? { flights[messageID].map { entries[$0].item } }

  /// What was done with all classes together.
  public var counters: OutboxCounters {
    var sum = counterTable.reduce(OutboxCounters(), +)
    sum.unmatchedAnswers = unmatchedAnswers
    return sum
  }

  /// What was done with one class.
  public func counters(of deliveryClass: DeliveryClass) -> OutboxCounters { counterTable[Int(deliveryClass.rawValue)] }

  /// How many items of a class are pending, and their bytes.
  public func pending(of deliveryClass: DeliveryClass) -> (count: Int, bytes: Int) {
    let number = Int(deliveryClass.rawValue)
    return (countByClass[number], bytesByClass[number])
  }

  /// When the oldest message among the pending items was made, by its own timestamp; nil when nothing is pending. A newer
  /// state takes the place, and the time, of the one it replaced. O(n).
  public var oldestTimestampMilliseconds: Int64? {
    guard pendingCount > 0 else { return nil }
    return entries.lazy.filter { $0.stage != .free }.map { $0.item.message.header.timestampMilliseconds }.min()
  }

  /// How many acknowledged messages may be on their way at the moment.
  public var windowSize: Int { window.size }
}
