#if Networking
import EdgeStore

/// Which groups of watches an event concerns: single keys by hash, ranges by their starts.
///
/// `reach[i]` is the furthest end among the first `i + 1` ranges, so that a search backwards from a key stops as soon as no
/// earlier range can hold it. For ranges that do not nest, which prefixes seldom do, it costs O(log n) for each event.
struct WatchIndex {
  typealias Group = Int

  private struct Entry {
    var keys: KeyRange
    var group: Group
  }

  private enum Reach {
    case until(StoreKey)
    case unbounded

    func exceeds(_ key: StoreKey) -> Bool { if case .until(let end) = self { key < end } else { true } }

    func extended(to end: StoreKey?) -> Reach {
      guard case .until(let reached) = self, let end else { return .unbounded }
      return .until(max(reached, end))
    }
  }

  private var single: [StoreKey: [Group]] = [:]
  private var ranges: [Entry] = []
  private var reach: [Reach] = []

  mutating func insert(_ keys: KeyRange, _ group: Group) {
    if let key = keys.singleKey {
      single[key, default: []].append(group)
      return
    }
    let index = firstIndex(after: keys.start)
    ranges.insert(Entry(keys: keys, group: group), at: index)
    updateReach(from: index)
  }

  mutating func remove(_ keys: KeyRange, _ group: Group) {
    if let key = keys.singleKey {
      single[key]?.removeAll { $0 == group }
      if single[key]?.isEmpty == true { single[key] = nil }
      return
    }
    guard let index = ranges.firstIndex(where: { $0.group == group }) else { return }
    ranges.remove(at: index)
    updateReach(from: index)
  }

  func forEachGroup(of key: StoreKey, _ body: (Group) -> Void) {
    if !single.isEmpty, let groups = single[key] { for group in groups { body(group) } }
    var index = firstIndex(after: key) - 1
    while index >= 0, reach[index].exceeds(key) {
      if ranges[index].keys.contains(key) { body(ranges[index].group) }
      index -= 1
    }
  }

  /// The first range that begins after `key`.
  private func firstIndex(after key: StoreKey) -> Int {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if key < ranges[middle].keys.start { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private mutating func updateReach(from start: Int) {
    reach.removeSubrange(min(start, reach.count)...)
    for entry in ranges[start...] {
      let end = entry.keys.end
      if let last = reach.last {
        reach.append(last.extended(to: end))
      } else {
        reach.append(end.map(Reach.until) ?? .unbounded)
      }
    }
  }
}
#endif
