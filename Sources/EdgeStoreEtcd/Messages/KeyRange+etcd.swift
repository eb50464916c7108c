#if Networking
import EdgeStore
import EtcdAPI

extension KeyRange {
  /// etcd's pair of key and range end.
  ///
  /// etcd has two special cases that a range must not slip into: an end of one zero byte means "to the last key", and an
  /// empty key is refused. No key is empty, so the smallest start is one zero byte.
  var etcd: (key: [UInt8], rangeEnd: [UInt8]) {
    if let key = singleKey { return (key.bytes, []) }
    let key = start.isEmpty ? [0] : start.bytes
    guard let end else { return (key, [0]) }
    return StoreKey(key) < end ? (key, end.bytes) : Self.nothing
  }

  /// Whether no key can be inside.
  var isEmpty: Bool {
    guard singleKey == nil, let end else { return false }
    return !(StoreKey(start.isEmpty ? [0] : start.bytes) < end)
  }

  /// A range that no key is in, in a form that etcd accepts.
  private static let nothing: (key: [UInt8], rangeEnd: [UInt8]) = ([2], [1])
}

extension KeyValue {
  init(_ kv: Etcd.KeyValue) {
    self.init(
      key: StoreKey(kv.key), value: kv.value, createRevision: Revision(rawValue: kv.createRevision),
      modRevision: Revision(rawValue: kv.modRevision), version: kv.version, lease: LeaseID(rawValue: kv.lease))
  }
}
#endif
