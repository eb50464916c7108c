extension Outbox {
  /// The item that is on its way under this message id.
  public func itemInFlight(messageID: String) -> DeliveryItem? { flights[messageID]?.item }
}
