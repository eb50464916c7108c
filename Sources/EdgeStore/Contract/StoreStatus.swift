/// Where a store stands and what it costs.
public struct StoreStatus: Hashable, Sendable {
  /// The revision of the newest change.
  public var revision: Revision
  /// Revisions below this one cannot be read or watched any more; zero when nothing was compacted.
  public var compactedRevision: Revision
  /// Keys that exist now.
  public var keyCount: Int
  /// Bytes the store occupies: on disk for a durable engine, an estimate of the memory for one without a disk.
  public var databaseBytes: Int64
  /// Bytes handed to the disk since the store was opened, counted generously (whole pages, the log and what is copied from
  /// it); 0 for an engine without a disk.
  public var bytesWritten: Int64
  /// Leases that exist now.
  public var leaseCount: Int
  /// Why writes are refused at the moment: `noSpace` or `readOnly`; nil when they are not.
  public var writeRefusal: StoreError.Code?

  public init(
    revision: Revision, compactedRevision: Revision, keyCount: Int, databaseBytes: Int64, bytesWritten: Int64,
    leaseCount: Int = 0, writeRefusal: StoreError.Code? = nil
  ) {
    self.leaseCount = leaseCount
    self.writeRefusal = writeRefusal
    self.revision = revision
    self.compactedRevision = compactedRevision
    self.keyCount = keyCount
    self.databaseBytes = databaseBytes
    self.bytesWritten = bytesWritten
  }
}
