/// Revisions that were given out and are not in a log on the disk: those of heartbeats that nobody wrote down, and those
/// that were reserved for them when a process died.
package struct SkippedRevisions: Sendable {
  /// In rising order, apart from each other or adjacent.
  package private(set) var runs: [ClosedRange<Revision>] = []

  package init() {}

  package var isEmpty: Bool { runs.isEmpty }
  package var last: Revision? { runs.last?.upperBound }

  /// - Parameter run: after all others.
  package mutating func append(_ run: ClosedRange<Revision>) { runs.append(run) }

  package mutating func removeAll(before revision: Revision) {
    let kept = runs.drop { $0.upperBound < revision }
    if kept.count < runs.count { runs = Array(kept) }
  }

  package func contains(_ revision: Revision) -> Bool {
    let index = firstRun(endingNotBefore: revision)
    return index < runs.count && runs[index].contains(revision)
  }

  /// Whether any revision between the two was skipped.
  package func intersects(after first: Revision, before last: Revision) -> Bool {
    let index = firstRun(endingNotBefore: first.next)
    return index < runs.count && runs[index].lowerBound < last
  }

  /// The first revision from `revision` on that was not skipped.
  package func firstKept(from revision: Revision) -> Revision {
    var revision = revision
    var index = firstRun(endingNotBefore: revision)
    while index < runs.count, runs[index].contains(revision) {
      revision = runs[index].upperBound.next
      index += 1
    }
    return revision
  }

  private func firstRun(endingNotBefore revision: Revision) -> Int {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].upperBound < revision { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
