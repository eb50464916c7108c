/// What goes first when the carrier is slower than its producers.
public enum StreamPriority: UInt8, Hashable, Sendable, CaseIterable, Comparable {
  /// Heartbeats, leases, commands: small, and late is as bad as lost.
  case control = 0
  /// Desired and reported values of devices.
  case twin = 1
  /// Objects of the cluster.
  case objects = 2
  /// Logs, images, backups: whatever is left.
  case bulk = 3

  public static func < (left: StreamPriority, right: StreamPriority) -> Bool { left.rawValue < right.rawValue }
}
