#if Networking
import EdgeGRPC
import EdgeStore

/// A number that differs when two stores hold different keys at a revision: the CRC-32C of every key, in byte order, with
/// its value, revisions, version and lease. Stores of different kinds that hold the same have the same; it is not etcd's own,
/// which is one of its database's bytes.
struct ContentHash {
  var value: UInt32
  /// What was hashed.
  var revision: Revision
  /// Where the store stood at the end.
  var current: Revision

  private static let pageKeys = 1000

  /// - Parameter asked: nil for the present.
  /// - Throws: a ``GRPCStatus``: compacted, future revision.
  static func compute(_ access: StoreAccess, at asked: Revision?) async throws -> ContentHash {
    try await answering { () async throws(StoreError) in
      var current = try await access.currentRevision()
      let revision = asked ?? current
      var checksum = CRC32C()
      // So that a store without keys has a hash as well: to clients 0 is none.
      checksum.update(Array("key".utf8))
      var start = StoreKey([])
      while true {
        let page = try await access.store.range(
          RangeRequest(.from(start, until: nil), limit: pageKeys, revision: revision))
        current = page.revision
        for keyValue in page.kvs {
          checksum.update(Int64(keyValue.key.bytes.count))
          checksum.update(keyValue.key.bytes)
          checksum.update(keyValue.value)
          checksum.update(keyValue.createRevision.rawValue)
          checksum.update(keyValue.modRevision.rawValue)
          checksum.update(keyValue.version)
          checksum.update(keyValue.lease.rawValue)
        }
        guard page.more, let last = page.kvs.last else { break }
        start = last.key.successor
      }
      return ContentHash(value: checksum.value, revision: revision, current: current)
    }
  }
}
#endif
