#if SQLite
import EdgeStore

/// The table of leases.
final class LeaseRows {
  private let insertion: SQLiteStatement
  private let deletion: SQLiteStatement

  init(_ connection: SQLiteConnection) throws(StoreError) {
    insertion = try connection.prepare("INSERT INTO leases (id, time_to_live) VALUES (?, ?)")
    deletion = try connection.prepare("DELETE FROM leases WHERE id = ?")
  }

  func write(_ change: WriteBatch.LeaseChange) throws(StoreError) {
    switch change {
    case .granted(let lease):
      try insertion.bind(lease.id.rawValue, at: 1)
      try insertion.bind(lease.timeToLive.components.seconds, at: 2)
      try insertion.run()
    case .ended(let id):
      try deletion.bind(id.rawValue, at: 1)
      try deletion.run()
    }
  }

  static func readAll(_ connection: SQLiteConnection) throws(StoreError) -> [Lease] {
    let rows = try connection.prepare("SELECT id, time_to_live FROM leases")
    var leases: [Lease] = []
    while try rows.step() {
      leases.append(Lease(id: LeaseID(rawValue: rows.integer(at: 0)), timeToLive: .seconds(rows.integer(at: 1))))
    }
    return leases
  }
}
#endif
