import EdgeAPIModels
import EdgeResourceStore
import EdgeStore
import Synchronization
import Testing

/// A consumer that holds a reflector to its promise: each event must be one step from what the events before it say.
final class Journal: Sendable {
  /// What followed a list, up to the next one: versions of changed objects, in the order they were told.
  struct Segment: Sendable {
    let listed: Int64
    var changes: [Entry] = []
  }
  struct Entry: Hashable, Sendable {
    let revision: Int64
    let key: ObjectKey
    let isDeletion: Bool
  }
  private struct State {
    var known: [ObjectKey: ResourceVersion] = [:]
    var segments: [Segment] = []
    var problems: [String] = []
    var stateAtList: [[ObjectKey: Int64]] = []

    mutating func add<Object>(_ item: ResourceItem<Object>) {
      if known.updateValue(item.version, forKey: item.key) != nil { problems.append("\(item.key) was added twice") }
    }

    mutating func modify<Object>(_ item: ResourceItem<Object>, _ old: ResourceItem<Object>) {
      if known.updateValue(item.version, forKey: item.key) != old.version {
        problems.append("\(item.key) was changed from something that was never told")
      }
      if !old.version.isBefore(item.version) { problems.append("\(item.key) went back to \(item.version)") }
    }

    mutating func remove<Object>(_ item: ResourceItem<Object>) {
      if known.removeValue(forKey: item.key) != item.version {
        problems.append("\(item.key) was deleted in a state that was never told")
      }
    }

    mutating func tell(_ version: ResourceVersion, _ key: ObjectKey, isDeletion: Bool = false) {
      guard !segments.isEmpty else {
        problems.append("\(key) changed before there was a list")
        return
      }
      segments[segments.count - 1].changes.append(
        Journal.Entry(revision: version.number ?? -1, key: key, isDeletion: isDeletion))
    }
  }
  private let state = Mutex(State())

  var segments: [Segment] { state.withLock { $0.segments } }
  var problems: [String] { state.withLock { $0.problems } }
  /// What was known right after each list.
  var statesAtLists: [[ObjectKey: Int64]] { state.withLock { $0.stateAtList } }
  var known: [ObjectKey: ResourceVersion] { state.withLock { $0.known } }
  var changes: [Entry] { segments.flatMap(\.changes) }

  func take<Object>(_ event: ReflectorEvent<Object>) {
    state.withLock { state in
      switch event {
      case .added(let item):
        state.add(item)
        state.tell(item.version, item.key)
      case .modified(let item, let old):
        state.modify(item, old)
        state.tell(item.version, item.key)
      case .deleted(let item, let version):
        state.remove(item)
        state.tell(version, item.key, isDeletion: true)
      case .unreadable: break
      case .synced(let difference):
        for item in difference.added { state.add(item) }
        for (new, old) in difference.modified { state.modify(new, old) }
        for item in difference.deleted { state.remove(item) }
        state.segments.append(Segment(listed: difference.version.number ?? -1))
        state.stateAtList.append(state.known.mapValues { $0.number ?? -1 })
      }
    }
  }
}
