#if SQLite
import EdgeStore

/// The values read last from the disk, so that a key that is read again and again, though nobody has written it for long,
/// is read from there once. A version never changes, so what is here is right for good.
///
/// Two generations: what is asked for is kept in the young one; when that has half of the bound, it becomes the old one and
/// what was in that and not asked for since is dropped.
struct ValueCache {
  private var young: [VersionID: [UInt8]] = [:]
  private var old: [VersionID: [UInt8]] = [:]
  private var youngBytes = 0
  private let bound: Int

  /// About what an entry takes beside its value.
  private static let entryBytes = 80

  /// - Parameter bound: bytes of values and of what keeps them.
  init(bound: Int) { self.bound = bound }

  mutating func value(of id: VersionID) -> [UInt8]? {
    if let value = young[id] { return value }
    guard let value = old.removeValue(forKey: id) else { return nil }
    insert(value, for: id)
    return value
  }

  mutating func insert(_ value: [UInt8], for id: VersionID) {
    let bytes = value.count + Self.entryBytes
    // One that would drive out most others is not worth it.
    if bytes > bound / 8 { return }
    if young.updateValue(value, forKey: id) == nil { youngBytes += bytes }
    if youngBytes <= bound / 2 { return }
    old = young
    young = [:]
    youngBytes = 0
  }
}
#endif
