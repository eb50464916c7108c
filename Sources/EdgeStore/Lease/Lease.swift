/// The name of a lease; zero is no lease.
public struct LeaseID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  public let rawValue: Int64

  public init(rawValue: Int64) { self.rawValue = rawValue }

  /// What a key that belongs to no lease carries.
  public static let none = LeaseID(rawValue: 0)

  public static func < (left: LeaseID, right: LeaseID) -> Bool { left.rawValue < right.rawValue }

  /// Hexadecimal, as etcd's tools print it.
  public var description: String { String(UInt64(bitPattern: rawValue), radix: 16) }
}

/// A lease as it was granted: keys put under it are deleted, all in one revision, when it ends.
public struct Lease: Hashable, Sendable {
  public var id: LeaseID
  /// How long it lives after the grant and after each keepalive: whole seconds, at least ``minimumTimeToLive``.
  public var timeToLive: Duration

  public init(id: LeaseID, timeToLive: Duration) {
    self.id = id
    self.timeToLive = timeToLive
  }

  /// Shorter ones are lengthened to this, as by an etcd with its default election timeout.
  public static let minimumTimeToLive = Duration.seconds(2)
  /// Longer ones are refused with ``StoreError/Code/leaseTTLTooLarge``.
  public static let maximumTimeToLive = Duration.seconds(9_000_000_000)
}

/// A lease and where it stands.
public struct LeaseStatus: Hashable, Sendable {
  public var lease: Lease
  /// Until it ends unless it is kept alive.
  public var remaining: Duration
  /// The keys under it, in byte order.
  public var keys: [StoreKey]

  public init(lease: Lease, remaining: Duration, keys: [StoreKey]) {
    self.lease = lease
    self.remaining = remaining
    self.keys = keys
  }
}

extension Lease {
  /// What a grant of `timeToLive` gives: whole seconds, rounded up.
  package static func accepted(timeToLive: Duration) throws(StoreError) -> Duration {
    if timeToLive > maximumTimeToLive {
      throw StoreError(.leaseTTLTooLarge, "a lease of \(timeToLive) is longer than \(maximumTimeToLive)")
    }
    let (seconds, attoseconds) = timeToLive.components
    return max(minimumTimeToLive, .seconds(attoseconds > 0 ? seconds + 1 : seconds))
  }
}
