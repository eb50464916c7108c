/// All watchers of an engine, those with equal wishes in one group: a batch is made once for a group and shared.
struct WatchRegistry {
  /// What decides the content of batches; the start only decides which of them a watcher gets.
  private struct Wishes: Hashable {
    var keys: KeyRange
    var previousValues: Bool
    var excluding: Set<StoreEvent.Kind>

    init(_ filter: WatchFilter) {
      keys = filter.keys
      previousValues = filter.previousValues
      excluding = filter.excluding
    }
  }

  private struct Group {
    var wishes: Wishes
    var members: [Int: Watcher] = [:]
  }

  private var groups: [Int: Group] = [:]
  private var groupIDs: [Wishes: Int] = [:]
  private var index = WatchIndex()
  private var nextID = 0
  /// Watchers that are to be told of progress at intervals.
  private(set) var timed: [Int: Watcher] = [:]
  private var previousValueWatchers = 0

  var isEmpty: Bool { groups.isEmpty }
  /// Whether anybody wants to see what is superseded.
  var wantsPreviousValues: Bool { previousValueWatchers > 0 }

  mutating func add(
    _ filter: WatchFilter, machine: WatcherStateMachine, progress: ProgressSchedule?
  ) -> Watcher {
    defer { nextID += 1 }
    let watcher = Watcher(id: nextID, filter: filter, machine: machine, progress: progress)
    let wishes = Wishes(filter)
    let group: Int
    if let known = groupIDs[wishes] {
      group = known
    } else {
      group = nextID
      groupIDs[wishes] = group
      groups[group] = Group(wishes: wishes)
      index.insert(filter.keys, id: group)
    }
    groups[group]?.members[watcher.id] = watcher
    if filter.previousValues { previousValueWatchers += 1 }
    if progress != nil { timed[watcher.id] = watcher }
    return watcher
  }

  mutating func remove(_ watcher: Watcher) {
    let wishes = Wishes(watcher.filter)
    timed[watcher.id] = nil
    guard let group = groupIDs[wishes] else { return }
    guard groups[group]?.members.removeValue(forKey: watcher.id) != nil else { return }
    if watcher.filter.previousValues { previousValueWatchers -= 1 }
    if groups[group]?.members.isEmpty == true {
      groups[group] = nil
      groupIDs[wishes] = nil
      index.remove(wishes.keys, id: group)
    }
  }

  /// Takes all watchers out.
  mutating func removeAll() -> [Watcher] {
    defer { self = WatchRegistry() }
    return groups.values.flatMap(\.members.values)
  }

  /// Hands what happened to every watcher that wants it. What it costs grows with those watchers and not with the others.
  ///
  /// - Parameter published: the changes of each revision, oldest first.
  func deliver(_ published: [[Change]]) -> [Watcher.Resumption] {
    if groups.isEmpty { return [] }
    var batches: [Int: [WatchBatch]] = [:]
    for changes in published {
      guard let revision = changes.first?.version.keyValue.modRevision else { continue }
      collect(changes, at: revision, into: &batches)
    }
    var resumptions: [Watcher.Resumption] = []
    for (group, batches) in batches {
      guard let members = groups[group]?.members.values else { continue }
      for member in members {
        if let resumption = member.publish(batches) { resumptions.append(resumption) }
      }
    }
    return resumptions
  }

  private func collect(_ changes: [Change], at revision: Revision, into batches: inout [Int: [WatchBatch]]) {
    for change in changes {
      index.forEach(containing: change.version.keyValue.key) { group in
        guard let wishes = groups[group]?.wishes, !wishes.excluding.contains(change.kind) else { return }
        let event = change.event(withPrevious: wishes.previousValues, among: changes)
        batches[group, default: []].add(event, at: revision)
      }
    }
  }
}

extension [WatchBatch] {
  /// Adds an event of the newest revision or of the next one.
  fileprivate mutating func add(_ event: StoreEvent, at revision: Revision) {
    if last?.revision == revision {
      self[count - 1].events.append(event)
    } else {
      append(WatchBatch(revision: revision, events: [event]))
    }
  }
}
