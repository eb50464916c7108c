#if Networking
import EdgeStore

/// What was read last for watches that lag: many of a group fall behind together, at the same events, and then would each have
/// them read and encoded. Bounded in bytes; the oldest go first.
struct RecentStretches {
  private struct Item {
    var group: Int
    var from: Revision
    var stretch: WatchHub.Stretch
    var byteCount: Int
  }

  private var items: [Item] = []
  private var totalBytes = 0

  private static let maximumBytes = 2 << 20
  private static let maximumCount = 64

  func stretch(of group: Int, at revision: Revision) -> WatchHub.Stretch? {
    items.last { $0.group == group && $0.from <= revision && revision <= $0.stretch.through }?.stretch
  }

  mutating func insert(_ stretch: WatchHub.Stretch, group: Int, from: Revision) {
    items.append(Item(group: group, from: from, stretch: stretch, byteCount: stretch.log.byteCount))
    totalBytes += stretch.log.byteCount
    while totalBytes > Self.maximumBytes || items.count > Self.maximumCount {
      totalBytes -= items.removeFirst().byteCount
    }
  }
}
#endif
