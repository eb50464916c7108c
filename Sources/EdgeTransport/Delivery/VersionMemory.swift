/// The last acknowledged version of each object, bounded: the one recorded longest ago is forgotten first.
struct VersionMemory: Sendable {
  private let capacity: Int
  private var versions: [String: (version: UInt64, stamp: UInt64)] = [:]
  /// Every record in the order made; those with an outdated stamp are skipped.
  private var order = FIFO<(key: String, stamp: UInt64)>()
  private var lastStamp: UInt64 = 0

  init(capacity: Int) { self.capacity = capacity }

  subscript(key: String) -> UInt64? { versions[key]?.version }

  var count: Int { versions.count }

  mutating func record(_ version: UInt64, for key: String) {
    lastStamp += 1
    versions[key] = (max(version, versions[key]?.version ?? 0), lastStamp)
    order.append((key, lastStamp))
    while versions.count > capacity, let oldest = order.popFirst() {
      if versions[oldest.key]?.stamp == oldest.stamp { versions[oldest.key] = nil }
    }
    // Objects that change often leave outdated entries behind; sweeping at twice the bound keeps this O(1) amortised.
    if order.count > capacity * 2 { order.filter { versions[$0.key]?.stamp == $0.stamp } }
  }

  mutating func remove(_ key: String) { versions[key] = nil }

  mutating func removeAll() {
    versions = [:]
    order.removeAll()
  }
}
