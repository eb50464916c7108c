/// The sizes a store accepts, the same for every backend, so that what one accepts can move to another.
public enum StoreLimits {
  /// Keys and values of one transaction together, in bytes: etcd's 1.5 MiB.
  public static let maximumRequestBytes = 1_572_864
  /// Entries in each list of a transaction (compares, success, failure): etcd's 128. A nested transaction has what the
  /// longest list around it leaves.
  public static let maximumOperations = 128
  /// Keys that one transaction may change, which only a deletion of a range can approach.
  public static let maximumChangesPerRevision = 1 << 20
}
