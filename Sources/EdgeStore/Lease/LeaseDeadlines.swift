/// When each lease ends, by the clock of one process.
///
/// It is not kept on any disk: after a restart every lease lives its full time again, as in etcd after a change of
/// leader. A holder that was cut off by the restart so gets the time to come back, and a keepalive costs no write (FF-09).
package struct LeaseDeadlines: Sendable {
  private var ends: [LeaseID: Duration] = [:]

  package init() {}

  package subscript(id: LeaseID) -> Duration? { ends[id] }

  package var earliest: Duration? { ends.values.min() }

  package mutating func set(_ id: LeaseID, to end: Duration) { ends[id] = end }

  package mutating func remove(_ id: LeaseID) { ends[id] = nil }

  /// The leases that have ended; they are forgotten here, so that a late keepalive finds nothing.
  package mutating func takeDue(at now: Duration) -> [LeaseID] {
    let due = ends.filter { $0.value <= now }.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
    for id in due { ends[id] = nil }
    return due
  }
}
