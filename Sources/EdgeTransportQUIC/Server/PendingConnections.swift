#if QUIC
/// The connections of a server that are not carriers, in the order they came; at most so many. A new one beyond the bound pushes
/// out the oldest: a handshake in good order is over in a moment, so the oldest are those that only hold a place.
struct PendingConnections {
  private var order: [UInt64: QUICConnection] = [:]
  private var tickets: [ObjectIdentifier: UInt64] = [:]
  /// Tickets below have left.
  private var oldest: UInt64 = 1
  private var last: UInt64 = 0
  private let maximumCount: Int

  init(maximumCount: Int) {
    precondition(maximumCount > 0, "a server holds at least one handshake")
    self.maximumCount = maximumCount
  }

  var count: Int { tickets.count }
  var all: [QUICConnection] { Array(order.values) }

  /// - Returns: the connection that has to give way, if any.
  mutating func insert(_ connection: QUICConnection) -> QUICConnection? {
    var displaced: QUICConnection?
    if count >= maximumCount {
      while oldest <= last, order[oldest] == nil { oldest += 1 }
      displaced = order[oldest]
      if let displaced { remove(displaced) }
    }
    last += 1
    order[last] = connection
    tickets[ObjectIdentifier(connection)] = last
    return displaced
  }

  mutating func remove(_ connection: QUICConnection) {
    if let ticket = tickets.removeValue(forKey: ObjectIdentifier(connection)) { order[ticket] = nil }
  }
}
#endif
