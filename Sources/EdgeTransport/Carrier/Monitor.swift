import Synchronization

/// A state behind a lock, and tasks that wait until it lets them do something. The inside of carriers and sessions.
///
/// A waiting task tries under the lock, waits for its key to be woken, and tries again; a wake-up is never lost, since trying
/// and beginning to wait are one step. Continuations are resumed outside the lock.
package final class Monitor<Key: Hashable & Sendable, State: Sendable>: Sendable {
  /// Whom a change of the state concerns.
  package struct Wakeups: Sendable {
    fileprivate var keys: [Key] = []
    fileprivate var wakesAll = false

    package mutating func wake(_ key: Key) { keys.append(key) }
    package mutating func wakeAll() { wakesAll = true }
  }

  private struct Inside {
    var state: State
    var waiting: [Key: [UInt64: CheckedContinuation<Void, Never>]] = [:]
    var lastTicket: UInt64 = 0

    mutating func take(_ wakeups: Wakeups) -> [CheckedContinuation<Void, Never>] {
      guard !waiting.isEmpty else { return [] }
      if wakeups.wakesAll {
        defer { waiting = [:] }
        return waiting.values.flatMap(\.values)
      }
      return wakeups.keys.flatMap { waiting.removeValue(forKey: $0).map { Array($0.values) } ?? [] }
    }
  }

  private let inside: Mutex<Inside>

  package init(_ state: sending State) { inside = Mutex(Inside(state: state)) }

  package func withLock<R: Sendable>(_ body: (inout State, inout Wakeups) -> R) -> R {
    let (result, woken) = inside.withLock { inside in
      var wakeups = Wakeups()
      let result = body(&inside.state, &wakeups)
      return (result, inside.take(wakeups))
    }
    for continuation in woken { continuation.resume() }
    return result
  }

  /// Tries until `attempt` gives something.
  /// - Throws: when the task is cancelled while there is nothing.
  package func wait<R: Sendable>(
    for key: Key, _ attempt: (inout State, inout Wakeups) -> R?
  ) async throws(CancellationError) -> R {
    if let result = withLock(attempt) { return result }
    while !Task.isCancelled {
      let ticket = inside.withLock { inside in
        inside.lastTicket += 1
        return inside.lastTicket
      }
      var result: R?
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let woken = inside.withLock { inside in
            var wakeups = Wakeups()
            result = attempt(&inside.state, &wakeups)
            // A cancellation from here on finds the waiting task, or was before and is seen here.
            if result == nil, !Task.isCancelled {
              inside.waiting[key, default: [:]][ticket] = continuation
              return inside.take(wakeups)
            }
            return inside.take(wakeups) + [continuation]
          }
          for continuation in woken { continuation.resume() }
        }
      } onCancel: {
        let waiting = inside.withLock { inside in
          let waiting = inside.waiting[key]?.removeValue(forKey: ticket)
          if inside.waiting[key]?.isEmpty == true { inside.waiting[key] = nil }
          return waiting
        }
        waiting?.resume()
      }
      if let result { return result }
    }
    throw CancellationError()
  }
}
