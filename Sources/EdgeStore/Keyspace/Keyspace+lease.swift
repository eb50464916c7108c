extension Keyspace {
  /// Enters a lease whose time to live has been accepted.
  package mutating func grant(_ lease: Lease) throws(StoreError) {
    if leases[lease.id] != nil { throw StoreError(.leaseExists, "lease \(lease.id) exists already") }
    leases.insert(lease)
  }

  /// Ends a lease: all its keys go in one revision. Without keys the revision stays.
  package mutating func revoke(_ id: LeaseID) throws(StoreError) -> [Change] {
    guard leases[id] != nil else { throw .leaseNotFound(id) }
    let keys = leases.keys(of: id)
    if carriesPreviousValues { for key in keys { try makeResident(key) } }
    var changes: [Change] = []
    remove(keys.compactMap { live[$0] }, into: &changes)
    leases.remove(id)
    if !changes.isEmpty { record(changes, at: revision.next) }
    return changes
  }
}
