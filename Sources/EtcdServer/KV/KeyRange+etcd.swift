#if Networking
import EdgeStore

extension KeyRange {
  /// etcd's pair of key and range end: without an end one key, with an end of one zero byte everything from the key on.
  init(key: [UInt8], rangeEnd: [UInt8]) {
    if rangeEnd.isEmpty {
      self = .key(StoreKey(key))
    } else {
      self = .from(StoreKey(key), until: rangeEnd == [0] ? nil : StoreKey(rangeEnd))
    }
  }
}
#endif
