import EdgeAPIModels
import EdgeStore
import Synchronization

/// A resource in memory, kept up to date by a ``Reflector``.
///
/// Readers take a ``snapshot`` and work on it: they neither wait for the writer nor make it wait, however long they take,
/// because a snapshot shares what has not changed (FF-16).
public final class ObjectView<Object: Sendable>: Sendable {
  private let indexes: [ObjectIndex<Object>]
  private let state: Mutex<State>

  private struct State {
    var snapshot = ObjectSnapshot<Object>()
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    var lastWaiter = 0
  }

  /// - Parameter indexes: of different names.
  public init(indexes: [ObjectIndex<Object>] = []) {
    precondition(Set(indexes.map(\.name)).count == indexes.count, "two indexes have one name")
    self.indexes = indexes
    var empty = State()
    for index in indexes { empty.snapshot.indexes[index.name] = OrderedMap() }
    state = Mutex(empty)
  }

  public var snapshot: ObjectSnapshot<Object> { state.withLock { $0.snapshot } }

  /// The newest known state of an object.
  public func object(_ key: ObjectKey) -> Object? { snapshot[key]?.object }

  public var isSynced: Bool { snapshot.version != nil }

  /// Returns when the resource has been listed, or the waiting task is cancelled.
  public func synced() async {
    let waiter = state.withLock { state in
      state.lastWaiter += 1
      return state.lastWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.snapshot.version != nil || Task.isCancelled { return true }
          state.waiting[waiter] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: waiter) }?.resume()
    }
  }
}

// Changes come from one reflector, so that what is read before a change is still so when it is published; the lock is
// held for the exchange of two values only.
extension ObjectView {
  /// - Returns: one event for each change that says something new, and how many did not.
  func apply(_ batch: ResourceBatch<Object>) -> (events: [ReflectorEvent<Object>], repeats: Int) {
    var next = snapshot
    var events: [ReflectorEvent<Object>] = []
    var repeats = 0
    for change in batch.changes {
      switch next.apply(change, indexes) {
      case .told(let event): events.append(event)
      case .repeated: repeats += 1
      case .silent: break
      }
    }
    next.version = batch.version
    publish(next)
    return (events, repeats)
  }

  func replaceAll(
    with listed: [ResourceItem<Object>], unreadable: [UnreadableObject], at version: ResourceVersion
  ) -> ResourceDifference<Object> {
    var next = snapshot
    var difference = ResourceDifference<Object>(
      unreadable: unreadable, version: version, isFirst: next.version == nil)
    // What cannot be read is there all the same: it must not look deleted.
    var present = Set(unreadable.map(\.key))
    present.reserveCapacity(present.count + listed.count)
    for item in listed {
      present.insert(item.key)
      guard let old = next[item.key] else {
        difference.added.append(item)
        next.put(item, indexes)
        continue
      }
      if old.version == item.version { continue }
      difference.modified.append((item, old))
      next.put(item, indexes)
    }
    difference.deleted = next.objects().filter { !present.contains($0.key) }
    for gone in difference.deleted { next.remove(gone.key, indexes) }
    next.unreadable = Dictionary(unreadable.map { ($0.key, $0) }) { first, _ in first }
    next.version = version
    publish(next)
    return difference
  }

  private func publish(_ next: ObjectSnapshot<Object>) {
    let waiting = state.withLock { state in
      state.snapshot = next
      defer { state.waiting = [:] }
      return state.waiting.values
    }
    for continuation in waiting { continuation.resume() }
  }
}

extension ObjectSnapshot {
  fileprivate enum Outcome {
    case told(ReflectorEvent<Object>)
    /// Known already.
    case repeated
    /// New, but nothing that anybody was told of is concerned.
    case silent
  }

  fileprivate mutating func apply(
    _ change: ResourceChange<Object>, _ indexes: [ObjectIndex<Object>]
  ) -> Outcome {
    switch change {
    case .put(let item):
      let old = items[item.key]
      if let old, old.version == item.version || item.version.isBefore(old.version) { return .repeated }
      unreadable[item.key] = nil
      put(item, indexes)
      return .told(old.map { .modified(item, old: $0) } ?? .added(item))
    case .deleted(let key, let version):
      if let old = items[key] {
        if version.isBefore(old.version) { return .repeated }
        unreadable[key] = nil
        remove(key, indexes)
        return .told(.deleted(old, at: version))
      }
      return unreadable.removeValue(forKey: key) == nil ? .repeated : .silent
    case .unreadable(let object):
      let known = unreadable[object.key]?.version ?? items[object.key]?.version
      if let known, known == object.version || object.version.isBefore(known) { return .repeated }
      unreadable[object.key] = object
      return .told(.unreadable(object, old: items[object.key]))
    }
  }

  fileprivate mutating func put(_ item: ResourceItem<Object>, _ indexes: [ObjectIndex<Object>]) {
    let old = items.updateValue(item, forKey: item.key)
    for index in indexes {
      let values = index.values(item.object)
      for value in old.map({ index.values($0.object) }) ?? [] where !values.contains(value) {
        self.indexes[index.name]?.removeValue(forKey: IndexEntry(value: value, key: item.key))
      }
      for value in values {
        self.indexes[index.name]?.updateValue(item, forKey: IndexEntry(value: value, key: item.key))
      }
    }
  }

  fileprivate mutating func remove(_ key: ObjectKey, _ indexes: [ObjectIndex<Object>]) {
    guard let old = items.removeValue(forKey: key) else { return }
    for index in indexes {
      for value in index.values(old.object) {
        self.indexes[index.name]?.removeValue(forKey: IndexEntry(value: value, key: key))
      }
    }
  }
}
