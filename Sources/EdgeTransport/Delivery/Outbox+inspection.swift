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

  /// How many acknowledged messages may be on their way at the moment.
  public var windowSize: Int { window.size }
}
