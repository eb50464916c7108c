/// One version of one key.
public struct KeyValue: Hashable, Sendable {
  public var key: StoreKey
  /// Empty in a deletion's event and in answers that asked for keys only.
  public var value: [UInt8]
  /// The revision that created this incarnation of the key; zero in a deletion's event.
  public var createRevision: Revision
  /// The revision that wrote this version (in a deletion's event: the revision of the deletion).
  public var modRevision: Revision
  /// 1 when created, one more with each put, started anew after a deletion; 0 in a deletion's event.
  public var version: Int64
  /// The lease that deletes the key when it ends; none in a deletion's event.
  public var lease: LeaseID

  public init(
    key: StoreKey, value: [UInt8], createRevision: Revision, modRevision: Revision, version: Int64,
    lease: LeaseID = .none
  ) {
    self.key = key
    self.value = value
    self.createRevision = createRevision
    self.modRevision = modRevision
    self.version = version
    self.lease = lease
  }
}
