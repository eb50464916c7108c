/// When which property is to be read. Times are durations since the mapper's start.
///
/// A slow device does not build up a debt: cycles that passed during a long poll are left out and counted, not made up
/// for in a burst.
struct PollSchedule: Hashable, Sendable {
  private struct Entry: Hashable {
    var cycle: Duration
    var next: Duration
  }

  private var entries: [PropertyName: Entry] = [:]
  private(set) var skippedCycles = 0

  /// Shorter cycles are raised to this, so that a cycle of 0 ms does not spin.
  static let shortestCycle = Duration.milliseconds(10)

  /// Properties that stay keep their rhythm unless their cycle changed; new ones are due at once.
  mutating func replace(_ cycles: [PropertyName: Duration], at now: Duration) {
    entries = cycles.reduce(into: [:]) { result, item in
      let cycle = max(item.value, Self.shortestCycle)
      let old = entries[item.key]
      result[item.key] = old?.cycle == cycle ? old : Entry(cycle: cycle, next: now)
    }
  }

  var nextDeadline: Duration? { entries.values.map(\.next).min() }

  /// The properties that are due. Those that would be due within a tenth of their cycle come along, so that cycles of
  /// nearly equal phase share one poll.
  mutating func takeDue(at now: Duration) -> Set<PropertyName> {
    guard let nextDeadline, nextDeadline <= now else { return [] }
    var due: Set<PropertyName> = []
    for (name, entry) in entries where entry.next <= now + entry.cycle / 10 {
      due.insert(name)
      var next = entry.next + entry.cycle
      if next <= now {
        let behind = (now - entry.next) / entry.cycle
        skippedCycles += Int(behind.rounded(.down))
        next = entry.next + entry.cycle * (Int(behind.rounded(.down)) + 1)
      }
      entries[name]?.next = next
    }
    return due
  }

  /// Everything was read just now for another reason.
  mutating func restart(_ names: Set<PropertyName>, at now: Duration) {
    for name in names {
      guard let cycle = entries[name]?.cycle else { continue }
      entries[name]?.next = now + cycle
    }
  }
}
