import EdgePrimitives

/// The leases of a keyspace and the keys under each: a value like the rest of it, so that a snapshot costs O(1).
///
/// When a lease ends is no part of it: that is a matter of one process's clock (``LeaseDeadlines``), not of the data.
package struct LeaseTable: Sendable {
  private var timesToLive = OrderedMap<LeaseID, Duration>()
  private var attachments = OrderedMap<Attachment, Bool>()

  private struct Attachment: Comparable, Sendable {
    var lease: LeaseID
    var key: StoreKey

    static func < (left: Attachment, right: Attachment) -> Bool {
      left.lease == right.lease ? left.key < right.key : left.lease < right.lease
    }
  }

  package var count: Int { timesToLive.count }

  package subscript(id: LeaseID) -> Lease? { timesToLive[id].map { Lease(id: id, timeToLive: $0) } }

  package var all: [Lease] {
    timesToLive.elements(from: LeaseID(rawValue: .min)).map { Lease(id: $0.key, timeToLive: $0.value) }
  }

  package func keys(of id: LeaseID) -> [StoreKey] {
    var keys: [StoreKey] = []
    for (attachment, _) in attachments.elements(from: Attachment(lease: id, key: StoreKey([]))) {
      if attachment.lease != id { break }
      keys.append(attachment.key)
    }
    return keys
  }

  package func status(of id: LeaseID, remaining: Duration?) -> LeaseStatus? {
    guard let lease = self[id], let remaining else { return nil }
    return LeaseStatus(lease: lease, remaining: remaining, keys: keys(of: id))
  }

  /// A positive id that no lease has. Random, so that ids of a lost store are not given out again.
  package func unusedID(from entropy: any EntropySource) -> LeaseID {
    while true {
      let id = LeaseID(rawValue: Int64(entropy.next() >> 1))
      if id != .none && self[id] == nil { return id }
    }
  }

  /// A lease that keys are under but that was never granted.
  var firstUnknownAttachment: LeaseID? {
    var known: LeaseID?
    for (attachment, _) in attachments.elements(from: Attachment(lease: LeaseID(rawValue: .min), key: StoreKey([]))) {
      if attachment.lease == known { continue }
      if self[attachment.lease] == nil { return attachment.lease }
      known = attachment.lease
    }
    return nil
  }

  package mutating func insert(_ lease: Lease) { timesToLive.updateValue(lease.timeToLive, forKey: lease.id) }

  mutating func remove(_ id: LeaseID) { timesToLive.removeValue(forKey: id) }

  /// Follows a key from the lease it was under to the one it is under now.
  mutating func move(_ key: StoreKey, from old: LeaseID, to new: LeaseID) {
    if old == new { return }
    if old != .none { attachments.removeValue(forKey: Attachment(lease: old, key: key)) }
    if new != .none { attachments.updateValue(true, forKey: Attachment(lease: new, key: key)) }
  }
}
